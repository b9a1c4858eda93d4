#include "tcp/path_mtus.h"

#include <algorithm>
#include <span>

namespace sluice::tcp {

PathMtus::PathMtus(WorkerContext& context, const SipKey& key) : context_(context), key_(key), entries_(kSets * kWays) {}

uint32_t PathMtus::set_of(const IpAddress& remote) const {
  return static_cast<uint32_t>(siphash(key_, std::as_bytes(std::span(remote.bytes()))) % kSets) * kWays;
}

std::optional<PathMtus::Learnt> PathMtus::find(const IpAddress& remote) const {
  const auto set = std::span(entries_).subspan(set_of(remote), kWays);
  for (const Entry& entry : set) {
    if (entry.remote == remote && entry.learnt.until > context_.now()) return entry.learnt;
  }
  return std::nullopt;
}

PathMtus::Entry& PathMtus::place_for(const IpAddress& remote) {
  const auto set = std::span(entries_).subspan(set_of(remote), kWays);
  for (Entry& entry : set) {
    if (entry.remote == remote) return entry;
  }
  Entry& oldest = *std::min_element(set.begin(), set.end(),
                                    [](const Entry& a, const Entry& b) { return a.learnt.until < b.learnt.until; });
  if (oldest.learnt.until > context_.now()) context_.count(Counter::kTcpPathsRecycled);
  return oldest;
}

void PathMtus::learn(const IpAddress& remote, uint16_t mtu) {
  place_for(remote) = {remote, {mtu, context_.now() + kLife}};
  ++version_;
}

}  // namespace sluice::tcp
