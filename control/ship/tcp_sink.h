// TcpSink: records as lines over a TCP or TLS connection, which is made when there is something to send: tcp-log.
//
// As in Kong, the certificate of a TLS server is not verified. A line may arrive twice when a connection breaks in the
// middle of a batch.
#pragma once

#include <string>

#include "ship/sink.h"
#include "sluice/policy/plugins/tcp_log.h"

namespace sluice::control {

class TcpSink final : public Sink {
 public:
  TcpSink(const policy::TcpLogConfig& config, Transfers& transfers);
  ~TcpSink() override { disconnect(); }

  void poll(Instant now) override;

 private:
  enum class State : uint8_t { kClosed, kConnecting, kOpen };

  void connect();
  void disconnect();
  void on_connected(CURLcode result);
  void send();
  bool closed_by_peer();
  void fail();

  const policy::TcpLogConfig config_;
  const Duration timeout_;
  Transfers& transfers_;
  CurlHandle easy_;
  curl_slist* connect_to_ = nullptr;
  State state_ = State::kClosed;
  bool busy_ = false;   // a batch is being sent
  std::string unsent_;  // of that batch
  Instant now_{};       // the last poll's
  Instant last_use_{};
};

}  // namespace sluice::control
