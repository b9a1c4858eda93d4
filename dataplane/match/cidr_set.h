// CidrSet: is this address in any of these prefixes? For IP lists and trusted proxies.
//
// Built on the control side, immutable afterwards, shared by all workers. The prefixes are kept as disjoint, sorted
// ranges of addresses, so a lookup is one binary search whatever they were.
#pragma once

#include <span>
#include <vector>

#include "sluice/ip_address.h"

namespace sluice::match {

class CidrSet {
 public:
  CidrSet() = default;
  explicit CidrSet(std::span<const Cidr> prefixes);

  bool contains(const IpAddress& address) const;
  bool empty() const { return ranges_.empty(); }

 private:
  struct Range {
    IpAddress first;
    IpAddress last;  // inclusive
  };
  std::vector<Range> ranges_;  // sorted, disjoint
};

}  // namespace sluice::match
