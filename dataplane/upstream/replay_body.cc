#include "upstream/replay_body.h"

#include <algorithm>
#include <utility>

#include "packet/packet_writer.h"

namespace sluice::upstream {

namespace {

// How much memory kept bytes may hold, for each byte of the limit and beside it.
constexpr size_t kMemoryFactor = 4;
constexpr size_t kMemoryAllowance = 8192;

}  // namespace

std::optional<SliceQueue> take_bytes(SliceQueue& from, size_t n, SliceNodePool& nodes) {
  if (n == from.size()) return std::move(from);
  SliceQueue taken(nodes);
  while (n > 0) {
    Slice slice = from.take_front(n);
    n -= slice.size();
    if (!taken.try_push(std::move(slice))) return std::nullopt;
  }
  return taken;
}

void ReplayBody::start(http::BodySource& source, uint32_t limit_bytes) {
  source_ = &source;
  limit_bytes_ = limit_bytes;
}

bool ReplayBody::restart() {
  again_.clear();
  return share(kept_, again_);
}

void ReplayBody::forget() {
  lost_ = true;
  kept_.clear();
}

void ReplayBody::clear() {
  forget();
  again_.clear();
  source_ = nullptr;
}

std::optional<SliceQueue> ReplayBody::take(size_t limit) {
  if (!again_.empty()) return take_bytes(again_, std::min(limit, again_.size()), nodes_);
  SliceQueue& fresh = source_->body();
  const size_t n = std::min(limit, fresh.size());
  std::optional<SliceQueue> bytes = take_bytes(fresh, n, nodes_);
  if (!bytes) return std::nullopt;
  source_->consumed(n);
  taken_ += n;
  if (!lost_ && !keep(*bytes)) forget();
  return bytes;
}

bool ReplayBody::keep(const SliceQueue& bytes) {
  if (taken_ > limit_bytes_ || packets_.scarce()) return false;
  for (const SliceNode* node = bytes.first(); node != nullptr; node = node->next) {
    if (!keep(node->slice)) return false;
  }
  return kept_memory_bytes_ <= kMemoryFactor * limit_bytes_ + kMemoryAllowance;
}

// A piece that would hold much more memory than it has bytes is copied behind the last one. False: out of memory.
bool ReplayBody::keep(const Slice& slice) {
  const bool small = slice.size() * kMemoryFactor < slice.buffer_bytes();
  if (small && slice.size() <= kept_.back_room()) {
    kept_.append_to_back(slice.bytes());
    return true;
  }
  kept_memory_bytes_ += slice.buffer_bytes();
  if (!small) return kept_.try_push(slice);
  PacketWriter copy(packets_, kept_);
  copy.write(slice.text());
  return copy.finish();
}

bool ReplayBody::share(const SliceQueue& from, SliceQueue& to) {
  for (const SliceNode* node = from.first(); node != nullptr; node = node->next) {
    if (!to.try_push(node->slice)) return false;
  }
  return true;
}

}  // namespace sluice::upstream
