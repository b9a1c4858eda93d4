#include "introspect/introspector.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "loop/question_watch.h"

namespace sluice::control {

namespace {

constexpr Duration kTick = Duration::milliseconds(20);
constexpr Duration kDropAfter = Duration::seconds(60);

Instant steady_now() {
  return {std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

}  // namespace

Introspector::Introspector(EventLoop& loop, const policy::Node& node, IntrospectionBook& book,
                           std::vector<Source*> workers)
    : loop_(loop),
      transfers_(loop, kMostResting),
      workers_(std::move(workers)),
      environment_{transfers_, book,
                   [this](const WaitHandle& waiting, Woken how) { workers_[waiting.worker.value]->wake(waiting, how); },
                   node.trusted_certificates},
      resolver_(loop, node.dns.servers, node.dns.timeout, Resolver::Families::kBoth,
                [this](std::unique_ptr<const AddressBook> addresses) { set_addresses(*addresses); }) {
  for (Source* worker : workers_) {
    watches_.push_back(
        watch_questions<IntrospectionQuestion>(loop, *worker, [this](const auto& question) { ask(question); }));
  }
  loop.every(kTick, [this] { poll(); });
}

void Introspector::ask(const IntrospectionQuestion& question) {
  server_of(*question.terms).ask(question, steady_now());
}

IntrospectionServer& Introspector::server_of(const IntrospectionTerms& terms) {
  const auto known = std::ranges::find_if(servers_, [&](const auto& server) { return server->url() == terms.url; });
  if (known != servers_.end()) return **known;
  IntrospectionServer& server = *servers_.emplace_back(std::make_unique<IntrospectionServer>(environment_, terms));
  if (!server.host_to_resolve().empty()) resolve();
  return server;
}

void Introspector::resolve() {
  std::vector<std::string> names;
  for (const auto& server : servers_) {
    if (!server->host_to_resolve().empty()) names.push_back(server->host_to_resolve());
  }
  resolver_.want(names, [this](std::unique_ptr<const AddressBook> addresses) { set_addresses(*addresses); });
}

void Introspector::set_addresses(const AddressBook& book) {
  for (const auto& server : servers_) {
    const std::string& host = server->host_to_resolve();
    if (book.contains(host)) server->set_addresses(book.find(host), steady_now());
  }
}

void Introspector::poll() {
  const Instant now = steady_now();
  for (const auto& server : servers_) server->poll(now);
  std::erase_if(servers_,
                [now](const auto& server) { return server->idle() && now - server->asked_at() > kDropAfter; });
}

}  // namespace sluice::control
