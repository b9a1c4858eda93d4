// ConnectionPool: a worker's connections to origins: those being made, those in use, and those at rest.
//
// A connection at rest waits for the next request to the same endpoint; the one that rested shortest is used first, so
// that under a falling load the others grow old and close. The number at rest is bounded; beyond it the one that rested
// longest is closed.
#pragma once

#include <array>
#include <cstdint>

#include "base/slab.h"
#include "base/timer_wheel.h"
#include "http/h1_client_session.h"
#include "http/session_context.h"
#include "http/transaction.h"
#include "sluice/ip_address.h"
#include "stream/stream.h"
#include "upstream/intrusive_list.h"

namespace sluice::upstream {

struct PoolSettings {
  uint32_t connections = 65536;         // of one worker, in all
  uint32_t connections_at_rest = 1024;  // of these, at least 1
  Duration rest_limit = Duration::seconds(60);
};

// Who waits for a connection. One of the two events comes, from the poll loop, unless the wait is cancelled.
class ConnectEvents {
 public:
  virtual void on_connected(http::ClientTransaction& transaction) = 0;
  virtual void on_connect_failed(stream::CloseReason reason) = 0;

 protected:
  ~ConnectEvents() = default;
};

class ConnectionPool;

// One connection. Its session belongs to it; whoever uses it sees the session's transaction only.
class Connection final : private http::H1ClientOwner {
 public:
  Connection(ConnectionPool& pool, const http::SessionContext& context) : pool_(pool), session_(context, *this) {}

 private:
  friend class ConnectionPool;

  void on_connected(http::H1ClientSession&) override;
  void on_idle(http::H1ClientSession&) override;
  void on_gone(http::H1ClientSession&, stream::CloseReason reason) override;

  ConnectionPool& pool_;
  http::H1ClientSession session_;
  ConnectEvents* waiting_ = nullptr;  // while it connects
  http::ClientTransactionEvents* events_ = nullptr;
  bool at_rest_ = false;
  Instant resting_since_{};
  ListLink<Connection> same_origin_;
  ListLink<Connection> by_age_;
};

class ConnectionPool {
 public:
  // `context` and `connector` outlive the pool.
  ConnectionPool(const http::SessionContext& context, stream::Connector& connector, const PoolSettings& settings);
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // Begins a transaction on a connection to `origin` that is at rest. nullptr: there is none.
  [[nodiscard]] http::ClientTransaction* try_reuse(const Endpoint& origin, http::ClientTransactionEvents& events);
  // Begins to connect; `waiting` hears of the outcome, and of a transaction whose events are `events`. nullptr: too
  // many connections, no memory or no port (counted).
  [[nodiscard]] Connection* connect(const Endpoint& origin, ConnectEvents& waiting,
                                    http::ClientTransactionEvents& events);
  // Gives a connection up that is still being made.
  void cancel(Connection& connection);

  // Closes all that is at rest.
  void close_resting();

  uint32_t connections() const { return connections_.size(); }
  uint32_t at_rest() const { return resting_; }

 private:
  friend class Connection;
  using OriginList = IntrusiveList<Connection, &Connection::same_origin_>;
  using AgeList = IntrusiveList<Connection, &Connection::by_age_>;
  static constexpr size_t kBuckets = 256;

  OriginList& bucket(const Endpoint& origin);
  void rest(Connection& connection);
  void take_off_rest(Connection& connection);
  void close_oldest();
  void on_rest_limit();

  const http::SessionContext& context_;
  stream::Connector& connector_;
  const PoolSettings settings_;
  Slab<Connection> connections_;
  std::array<OriginList, kBuckets> by_origin_{};
  AgeList by_age_;  // the front rested shortest
  uint32_t resting_ = 0;
  Timer rest_timer_;  // for the back of by_age_
};

}  // namespace sluice::upstream
