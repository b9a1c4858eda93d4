#include "upstream/connection_pool.h"

#include <utility>

#include "base/worker_context.h"

namespace sluice::upstream {

void Connection::on_connected(http::H1ClientSession&) {
  http::ClientTransaction& transaction = session_.begin(*std::exchange(events_, nullptr));
  std::exchange(waiting_, nullptr)->on_connected(transaction);
}

void Connection::on_idle(http::H1ClientSession&) {
  pool_.rest(*this);
}

void Connection::on_gone(http::H1ClientSession&, stream::CloseReason reason) {
  if (at_rest_) {
    pool_.context_.worker.count(Counter::kUpstreamRestClosed);
    pool_.take_off_rest(*this);
  }
  ConnectEvents* waiting = std::exchange(waiting_, nullptr);
  pool_.connections_.release(this);
  if (waiting != nullptr) waiting->on_connect_failed(reason);
}

ConnectionPool::ConnectionPool(const http::SessionContext& context, stream::Connector& connector,
                               const PoolSettings& settings)
    : context_(context),
      connector_(connector),
      settings_(settings),
      connections_(settings.connections),
      rest_timer_([](void* self) { static_cast<ConnectionPool*>(self)->on_rest_limit(); }, this) {}

http::ClientTransaction* ConnectionPool::try_reuse(const Endpoint& origin, http::ClientTransactionEvents& events) {
  for (Connection* c = bucket(origin).front(); c != nullptr; c = OriginList::next(*c)) {
    // One that is going away says so by an event of its own.
    if (c->session_.origin() != origin || !c->session_.idle()) continue;
    take_off_rest(*c);
    context_.worker.count(Counter::kUpstreamReuses);
    return &c->session_.begin(events);
  }
  return nullptr;
}

Connection* ConnectionPool::connect(const Endpoint& origin, ConnectEvents& waiting,
                                    http::ClientTransactionEvents& events) {
  if (connections_.size() == connections_.capacity() && resting_ > 0) close_oldest();
  Connection* connection = connections_.try_take(*this, context_);
  if (connection == nullptr || !connection->session_.connect(connector_, origin)) {
    context_.worker.count(Counter::kUpstreamConnectionsFull);
    if (connection != nullptr) connections_.release(connection);
    return nullptr;
  }
  context_.worker.count(Counter::kUpstreamConnects);
  connection->waiting_ = &waiting;
  connection->events_ = &events;
  return connection;
}

void ConnectionPool::cancel(Connection& connection) {
  connection.session_.close();
  connections_.release(&connection);
}

void ConnectionPool::close_resting() {
  while (resting_ > 0) close_oldest();
}

ConnectionPool::OriginList& ConnectionPool::bucket(const Endpoint& origin) {
  // Origins come from the policy and from name servers, not from clients: any spread will do.
  size_t hash = origin.port.value;
  for (uint8_t byte : origin.address.bytes()) hash = hash * 31 + byte;
  return by_origin_[hash % kBuckets];
}

void ConnectionPool::rest(Connection& connection) {
  if (resting_ >= settings_.connections_at_rest && resting_ > 0) close_oldest();
  connection.at_rest_ = true;
  connection.resting_since_ = context_.worker.now();
  bucket(connection.session_.origin()).push_front(connection);
  by_age_.push_front(connection);
  ++resting_;
  if (!rest_timer_.armed()) context_.worker.timers.schedule(rest_timer_, context_.worker.now() + settings_.rest_limit);
}

void ConnectionPool::take_off_rest(Connection& connection) {
  connection.at_rest_ = false;
  bucket(connection.session_.origin()).remove(connection);
  by_age_.remove(connection);
  --resting_;
}

void ConnectionPool::close_oldest() {
  Connection& oldest = *by_age_.back();
  context_.worker.count(Counter::kUpstreamRestClosed);
  take_off_rest(oldest);
  cancel(oldest);
}

// The timer is not moved when the oldest is used again: it finds the next one too young and waits for that.
void ConnectionPool::on_rest_limit() {
  const Instant now = context_.worker.now();
  while (by_age_.back() != nullptr && by_age_.back()->resting_since_ + settings_.rest_limit <= now) close_oldest();
  if (by_age_.back() == nullptr) return;
  context_.worker.timers.schedule(rest_timer_, by_age_.back()->resting_since_ + settings_.rest_limit);
}

}  // namespace sluice::upstream
