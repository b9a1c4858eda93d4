// RoutePriority: the 64-bit number by which Kong's "traditional_compatible" router orders routes, the highest first.
//
//   bit  63     at least four of methods, hosts, headers, snis, paths are asked for
//   bit  60     hosts are named, and none of them is a wildcard
//   bit  51     the paths are regexes
//   bits 29-31  how many of the five are asked for
//   bits 20-27  how many headers are named, at most 255
//   bits 19-31  regex_priority, of regexes: shares bits with the two above
//   bits 0-18   length of the path, of prefixes
//
// Kong means the count of the five to stand in bits 61-63, that of headers in bits 52-59 and regex_priority in bits
// 19-50 (and says so), but shifts all three in 32 bits, where the distance counts modulo 32 and the sign is extended.
// The corpus shows it (router-priority: a regex beats a header and a longer list of conditions), so it is the order
// here.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <string_view>

namespace sluice::gateway {

struct RoutePriority {
  uint64_t bits = 0;
  constexpr auto operator<=>(const RoutePriority&) const = default;
};

struct PriorityFields {
  uint32_t categories = 0;  // of the five, 0..5
  bool plain_hosts_only = false;
  uint32_t headers = 0;
  bool regex = false;
  int64_t regex_priority = 0;  // looked at for regexes only; its low 32 bits
  size_t path_length = 0;      // looked at for prefixes only, bytes
};

constexpr RoutePriority make_priority(const PriorityFields& f) {
  uint32_t low = f.categories << 29 | std::min<uint32_t>(f.headers, 255) << 20;
  low |= f.regex ? static_cast<uint32_t>(f.regex_priority) << 19 : static_cast<uint32_t>(f.path_length & 0x7ffff);
  const auto sign_extended = static_cast<uint64_t>(int64_t{static_cast<int32_t>(low)});
  return {sign_extended | uint64_t{f.plain_hosts_only} << 60 | uint64_t{f.regex} << 51};
}

// Which field puts the one before the other: that of the highest bit in which they differ. Empty when they are equal.
constexpr std::string_view deciding_field(RoutePriority a, RoutePriority b) {
  const uint64_t difference = a.bits ^ b.bits;
  if (difference == 0) return {};
  if (difference >> 63 != 0) return "four or more kinds of condition (bit 63)";
  if (difference >> 60 != 0) return "hosts without a wildcard (bit 60)";
  if (difference >> 51 != 0) return "regex path (bit 51)";
  if (difference >> 29 != 0) return "number of kinds of condition (bits 29-31)";
  if (difference >> 19 != 0) return "number of headers and regex_priority (bits 19-28)";
  return "length of the path prefix (bits 0-18)";
}

}  // namespace sluice::gateway
