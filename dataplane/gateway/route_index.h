// RouteIndex: from what a request has to the routes that ask for it.
//
// A key says one host pattern, one path and one selector (a header value or a server name), each by number, 0 for none.
// Each route variant stands under every key that it asks for; under one key the best comes first. Which of the three a
// route asks for at all is its shape: few shapes occur, and only those are probed. Part of a Router, immutable.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gateway/route_variant.h"

namespace sluice::gateway {

// What the third part of a key is.
enum class SelectorKind : uint8_t { kNone, kHeader, kServerName };

struct RouteKey {
  uint32_t host = 0;
  uint32_t path = 0;
  uint32_t selector = 0;
  auto operator<=>(const RouteKey&) const = default;
};

struct RouteShape {
  bool host = false;
  PathKind path = PathKind::kNone;
  SelectorKind selector = SelectorKind::kNone;
  bool operator==(const RouteShape&) const = default;
};

class RouteIndex {
 public:
  // Collects entries. Control side.
  class Builder {
   public:
    // Ranks must come in ascending order: the best variant first.
    void add(const RouteShape& shape, const RouteKey& key, uint32_t rank);
    size_t size() const { return entries_.size(); }
    RouteIndex build() &&;

   private:
    friend class RouteIndex;
    struct Entry {
      RouteKey key;
      uint32_t rank;
      auto operator<=>(const Entry&) const = default;
    };
    std::vector<Entry> entries_;
    std::array<std::vector<std::pair<RouteShape, uint32_t>>, 3> shapes_;
  };

  RouteIndex() = default;

  // A shape and the rank of the best variant of it.
  using RankedShape = std::pair<RouteShape, uint32_t>;
  // The shapes of this kind of path that occur, the one with the best variant first.
  std::span<const RankedShape> shapes(PathKind path) const { return shapes_[static_cast<size_t>(path)]; }

  // The ranks of the variants under a key, ascending.
  std::span<const uint32_t> find(const RouteKey& key) const {
    if (slots_.empty()) return {};
    for (size_t i = hash(key) & mask(); slots_[i].count != 0; i = (i + 1) & mask()) {
      if (slots_[i].key == key) return std::span(ranks_).subspan(slots_[i].first, slots_[i].count);
    }
    return {};
  }

 private:
  struct Slot {
    RouteKey key;
    uint32_t first = 0;  // in ranks_
    uint32_t count = 0;  // 0: free
  };

  // The numbers are the policy's own and no client's choice: the hash needs no key.
  static size_t hash(const RouteKey& key) {
    uint64_t h = (uint64_t{key.host} << 32 | key.path) * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
    h = (h ^ key.selector) * 0xff51afd7ed558ccdu;
    return h ^ h >> 29;
  }
  size_t mask() const { return slots_.size() - 1; }

  std::vector<Slot> slots_;  // open addressing, at most half full
  std::vector<uint32_t> ranks_;
  std::array<std::vector<RankedShape>, 3> shapes_;
};

}  // namespace sluice::gateway
