// HostTable: which host patterns hold for a host? Exact names, "*.example" and "shop.*", each with or without a port.
//
// Names compare without regard to case (RFC 9110 4.2.3). Built on the control side, immutable afterwards, shared by all
// workers. The cost of a lookup depends on the host, not on how many patterns there are.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/prefix_trie.h"
#include "sluice/units.h"

namespace sluice::match {

class HostTable {
 public:
  // A longer host matches nothing (RFC 1035 2.3.4 ends names at 253).
  static constexpr size_t kMaxHostLength = 255;
  // The most patterns that can hold for one host: exact, and each wildcard at each length, with and without a port.
  static constexpr size_t kMaxMatches = 2 * (1 + 2 * (kMaxHostLength + 1));

  HostTable() = default;
  // "shop.example", "*.shop.example", "shop.*", each with ":port" behind it or without. Patterns are known by their
  // place. "*.x" stands for everything that ends with ".x", "x.*" for everything that begins with "x.".
  // REQUIRES: no pattern twice.
  explicit HostTable(std::span<const std::string> patterns);

  // Calls visit(uint32_t place) for each pattern that holds. `host`: without a port, of any case.
  template <typename Visit>
  void matches(std::string_view host, Port port, Visit&& visit) const {
    if (host.size() > kMaxHostLength || groups_.empty()) return;
    std::array<char, kMaxHostLength> room;
    const auto visit_group = [&](uint32_t group) {
      for (const Member& member : groups_[group]) {
        if (!member.port || *member.port == port) visit(member.place);
      }
    };
    const std::string_view lower = lower_case(host, room);
    if (const auto group = exact_.find(lower)) visit_group(*group);
    begins_with_.prefixes_of(lower, [&](uint32_t group, size_t) { visit_group(group); });
    ends_with_.prefixes_of(reverse(room, host.size()), [&](uint32_t group, size_t) { visit_group(group); });
  }

  bool empty() const { return groups_.empty(); }

 private:
  struct Member {
    std::optional<Port> port;
    uint32_t place;
  };

  static std::string_view lower_case(std::string_view host, std::span<char, kMaxHostLength> room);
  static std::string_view reverse(std::span<char, kMaxHostLength> room, size_t length);

  // Patterns that differ in the port alone. The tries lead to a place here.
  std::vector<std::vector<Member>> groups_;
  PrefixTrie exact_;
  PrefixTrie begins_with_;
  PrefixTrie ends_with_;  // of reversed texts
};

}  // namespace sluice::match
