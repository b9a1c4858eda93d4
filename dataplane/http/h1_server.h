// H1Server: takes the connections of one listener and serves HTTP/1.1 (RFC 9112) on each.
//
// Owned by the worker, one a listener; outlives its sessions. Bounds how many connections there are, in all and from
// one source, and ends them in order when the worker drains.
#pragma once

#include "base/slab.h"
#include "http/h1_server_session.h"
#include "http/session_context.h"
#include "http/source_table.h"
#include "http/transaction.h"
#include "stream/stream.h"

namespace sluice::http {

enum class Transport : uint8_t { kPlain, kSecure };

class H1Server final : public stream::Acceptor {
 public:
  // `context` and `handler` outlive the server.
  H1Server(const SessionContext& context, RequestHandler& handler, Transport transport = Transport::kPlain);

  void on_accept(stream::Stream& stream) override;

  // Ends what is idle at once and every other connection after the response in progress. Connections that still come
  // are refused.
  void shutdown();
  // Ends what is left without waiting. Exchanges in progress are told that their client is gone.
  void abort_all();
  // How many connections there are. A server that was shut down is done when there are none.
  uint32_t connections() const { return sessions_.size(); }

 private:
  friend class H1ServerSession;

  void release(H1ServerSession& session);

  const SessionContext& context_;
  RequestHandler& handler_;
  const Transport transport_;
  bool draining_ = false;
  SourceTable sources_;
  Slab<Serving> servings_;  // one for each session
  Slab<H1ServerSession> sessions_;
};

}  // namespace sluice::http
