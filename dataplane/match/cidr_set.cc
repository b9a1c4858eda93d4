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
  std::vector<Range> all;
  all.reserve(prefixes.size());
  for (const Cidr& prefix : prefixes) all.push_back({prefix.base, last_of(prefix)});
  // Of those that begin alike the longest first.
  std::sort(all.begin(), all.end(),
            [](const Range& a, const Range& b) { return a.first != b.first ? a.first < b.first : a.last > b.last; });
  // Two prefixes are disjoint or one holds the other, so a range that begins inside an earlier one also ends there.
  for (const Range& range : all) {
    if (ranges_.empty() || range.first > ranges_.back().last) ranges_.push_back(range);
  }
}

bool CidrSet::contains(const IpAddress& address) const {
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                      [](const IpAddress& a, const Range& range) { return a < range.first; });
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

}  // namespace sluice::match
