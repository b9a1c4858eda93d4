// RoutePriority: the 64-bit number by which Kong's "traditional_compatible" router orders routes, the highest first.
//
//   bits 61-63  how many of methods, hosts, headers, snis, paths the route asks for
//   bit  60     it names hosts, and none of them is a wildcard
//   bits 52-59  how many headers it names, at most 255
//   bit  51     its paths are regexes
//   bits 19-50  regex_priority, of regexes
//   bits 0-18   length of the path, of prefixes
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
  uint32_t categories = 0;  // 0..5
  bool plain_hosts_only = false;
  uint32_t headers = 0;
  bool regex = false;
  int32_t regex_priority = 0;  // looked at for regexes only
  size_t path_length = 0;      // looked at for prefixes only, bytes
};

constexpr RoutePriority make_priority(const PriorityFields& f) {
  uint64_t bits = uint64_t{f.categories} << 61 | uint64_t{f.plain_hosts_only} << 60;
  bits |= uint64_t{std::min<uint32_t>(f.headers, 255)} << 52;
  bits |=
      f.regex ? uint64_t{1} << 51 | uint64_t{static_cast<uint32_t>(f.regex_priority)} << 19 : f.path_length & 0x7ffff;
  return {bits};
}

// Which field puts the one before the other: the highest bit in which they differ. Empty when they are equal.
constexpr std::string_view deciding_field(RoutePriority a, RoutePriority b) {
  const uint64_t difference = a.bits ^ b.bits;
  if (difference == 0) return {};
  if (difference >> 61 != 0) return "number of categories (bits 61-63)";
  if (difference >> 60 != 0) return "no wildcard host (bit 60)";
  if (difference >> 52 != 0) return "number of headers (bits 52-59)";
  if (difference >> 51 != 0) return "regex path (bit 51)";
  if (difference >> 19 != 0) return "regex_priority (bits 19-50)";
  return "length of the path prefix (bits 0-18)";
}

}  // namespace sluice::gateway
