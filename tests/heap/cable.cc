#include "heap/cable.h"

#include <cstdlib>

namespace sluice::heap {

namespace {

constexpr size_t kLongestWithoutText = 60;

}  // namespace

tcp::Stack& Cable::add_host(const IpAddress& address, const tcp::Settings& settings) {
  if (host_count_ == kMostHosts) std::abort();
  return (hosts_[host_count_++] = std::make_unique<Host>(*this, address, settings))->stack;
}

void Cable::push(const IpAddress& source, const IpAddress& destination, Packet segment) {
  with_text_ += segment.size() > kLongestWithoutText;
  if (lose_every_ > 0 && segment.size() > kLongestWithoutText && with_text_ % lose_every_ == 0) {
    ++lost_;
    return;
  }
  if (end_ - first_ == kMostWaiting) std::abort();
  waiting_[end_++ % kMostWaiting] = {source, destination, std::move(segment)};
}

void Cable::deliver(InTransit segment) {
  for (size_t i = 0; i < host_count_; ++i) {
    if (hosts_[i]->address != segment.destination) continue;
    return hosts_[i]->stack.on_segment(segment.source, segment.destination, std::move(segment.segment), {});
  }
}

void Cable::run_for(unsigned milliseconds) {
  for (unsigned i = 0; i < milliseconds; ++i) {
    worker_.advance(Duration::milliseconds(1));
    for (const size_t end = end_; first_ != end;) deliver(std::move(waiting_[first_++ % kMostWaiting]));
    worker_.run_tasks();
  }
}

}  // namespace sluice::heap
