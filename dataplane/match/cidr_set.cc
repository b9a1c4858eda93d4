#include "match/cidr_set.h"

#include <algorithm>

namespace sluice::match {
namespace {

// The highest address of a prefix: every host bit set. REQUIRES: the host bits of `prefix.base` are clear.
IpAddress last_of(const Cidr& prefix) {
  auto bytes = prefix.base.bytes();
  for (size_t bit = prefix.length; bit < 128; ++bit) {
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] | 0x80u >> bit % 8);
  }
  return IpAddress::v6(bytes);
}

}  // namespace

CidrSet::CidrSet(std::span<const Cidr> prefixes) {
  ranges_.reserve(prefixes.size());
  for (const Cidr& prefix : prefixes) ranges_.push_back({prefix.base, last_of(prefix)});
  std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  // Two prefixes are disjoint or one holds the other, so a range that begins inside its predecessor also ends there.
  const auto inside = [](const Range& outer, const Range& inner) { return inner.first <= outer.last; };
  ranges_.erase(std::unique(ranges_.begin(), ranges_.end(), inside), ranges_.end());
}

bool CidrSet::contains(const IpAddress& address) const {
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                      [](const IpAddress& a, const Range& range) { return a < range.first; });
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

}  // namespace sluice::match
