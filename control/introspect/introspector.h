// Introspector: answers what the workers ask about tokens: finds the authorization server that a question names, and
// sees to its address.
//
// Owned by control's main, on the event loop. A server is made when the first question names its URL, and dropped when
// none has for a minute. Names are resolved like those of origins; servers are asked over the kernel's network, with
// their certificates verified.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "introspect/introspection_server.h"
#include "loop/event_loop.h"
#include "loop/transfers.h"
#include "resolve/resolver.h"
#include "sluice/introspection.h"
#include "sluice/policy/node.h"
#include "sluice/question.h"

namespace sluice::control {

class Introspector {
 public:
  using Source = QuestionSource<IntrospectionQuestion>;

  // The book and the workers outlive the introspector.
  Introspector(EventLoop& loop, const policy::Node& node, IntrospectionBook& book, std::vector<Source*> workers);
  Introspector(const Introspector&) = delete;
  Introspector& operator=(const Introspector&) = delete;

  const std::vector<std::unique_ptr<IntrospectionServer>>& servers() const { return servers_; }

 private:
  // Connections that rest, of all servers.
  static constexpr unsigned kMostResting = 256;

  void ask(const IntrospectionQuestion& question);
  IntrospectionServer& server_of(const IntrospectionTerms& terms);
  void resolve();
  void set_addresses(const AddressBook& book);
  void poll();

  EventLoop& loop_;
  Transfers transfers_;
  const std::vector<Source*> workers_;  // by WorkerId
  const IntrospectionServer::Environment environment_;
  Resolver resolver_;
  std::vector<std::unique_ptr<IntrospectionServer>> servers_;
  std::vector<std::unique_ptr<EventLoop::Watch>> watches_;
};

}  // namespace sluice::control
