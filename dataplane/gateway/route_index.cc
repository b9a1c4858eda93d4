#include "gateway/route_index.h"

#include <algorithm>
#include <bit>

namespace sluice::gateway {

void RouteIndex::Builder::add(const RouteShape& shape, const RouteKey& key, uint32_t rank) {
  entries_.push_back({key, rank});
  auto& shapes = shapes_[static_cast<size_t>(shape.path)];
  const auto same = [&](const RankedShape& known) { return known.first == shape; };
  // Ranks ascend, so the first of a shape is its best and shapes stand in the order of their best.
  if (std::none_of(shapes.begin(), shapes.end(), same)) shapes.emplace_back(shape, rank);
}

RouteIndex RouteIndex::Builder::build() && {
  std::sort(entries_.begin(), entries_.end());
  entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
  size_t keys = 0;
  for (size_t i = 0; i < entries_.size(); ++i) keys += i == 0 || entries_[i].key != entries_[i - 1].key;
  RouteIndex index;
  index.shapes_ = std::move(shapes_);
  if (keys == 0) return index;
  index.slots_.resize(std::bit_ceil(keys * 2));
  index.ranks_.reserve(entries_.size());
  Slot* slot = nullptr;
  for (const Entry& entry : entries_) {
    if (slot == nullptr || slot->key != entry.key) {
      size_t i = hash(entry.key) & index.mask();
      while (index.slots_[i].count != 0) i = (i + 1) & index.mask();
      slot = &index.slots_[i];
      *slot = {entry.key, static_cast<uint32_t>(index.ranks_.size()), 0};
    }
    index.ranks_.push_back(entry.rank);
    ++slot->count;
  }
  return index;
}

}  // namespace sluice::gateway
