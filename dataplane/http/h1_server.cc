#include "http/h1_server.h"

namespace sluice::http {

H1Server::H1Server(const SessionContext& context, RequestHandler& handler, Transport transport)
    : context_(context),
      handler_(handler),
      transport_(transport),
      sources_(context.limits.connections, context.limits.connections_per_source, context.worker.random),
      servings_(context.limits.connections),
      sessions_(context.limits.connections) {}

void H1Server::on_accept(stream::Stream& stream) {
  if (draining_ || sessions_.size() == sessions_.capacity()) {
    context_.worker.count(Counter::kHttpConnectionLimit);
    stream.abort();
    return;
  }
  if (!sources_.try_add(stream.remote().address)) {
    context_.worker.count(Counter::kHttpSourceLimit);
    stream.abort();
    return;
  }
  if (sessions_.try_take(*this, stream) == nullptr) {
    context_.worker.count(Counter::kInternalError);
    sources_.remove(stream.remote().address);
    stream.abort();
    return;
  }
  context_.worker.count(Counter::kHttpConnections);
}

void H1Server::shutdown() {
  draining_ = true;
  sessions_.for_each([](H1ServerSession& session) { session.drain(); });
}

void H1Server::abort_all() {
  draining_ = true;
  sessions_.for_each([](H1ServerSession& session) { session.kill(); });
}

void H1Server::release(H1ServerSession& session) {
  sources_.remove(session.source());
  sessions_.release(&session);
}

}  // namespace sluice::http
