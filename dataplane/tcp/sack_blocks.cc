#include "tcp/sack_blocks.h"

#include <algorithm>

namespace sluice::tcp {

namespace {

constexpr size_t kOptionHeadBytes = 4;  // with its padding
constexpr size_t kBlockBytes = 8;

}  // namespace

void SackBlocks::take_out(size_t index) {
  std::copy(blocks_.begin() + index + 1, blocks_.begin() + count_, blocks_.begin() + index);
  --count_;
}

void SackBlocks::put_first(Block block) {
  if (count_ == blocks_.size()) {
    --count_;
    forgotten_ = true;
  }
  std::copy_backward(blocks_.begin(), blocks_.begin() + count_, blocks_.begin() + count_ + 1);
  blocks_[0] = block;
  ++count_;
}

void SackBlocks::on_kept(SeqNum left, SeqNum right) {
  Block grown{left, right};
  for (size_t i = 0; i < count_;) {
    const Block& old = blocks_[i];
    if (old.left > grown.right || grown.left > old.right) {
      ++i;
      continue;
    }
    grown = {min(grown.left, old.left), max(grown.right, old.right)};
    take_out(i);
  }
  put_first(grown);
}

// RFC 2883 4: the block that contains the duplicate follows it.
void SackBlocks::on_duplicate(SeqNum left, SeqNum right) {
  duplicate_ = {left, right};
  for (size_t i = 1; i < count_; ++i) {
    const Block block = blocks_[i];
    if (block.left > left || block.right < right) continue;
    take_out(i);
    return put_first(block);
  }
}

void SackBlocks::on_delivered(SeqNum rcv_nxt) {
  for (size_t i = 0; i < count_;) blocks_[i].left <= rcv_nxt ? take_out(i) : void(++i);
}

void SackBlocks::report(wire::TcpOptions& options, size_t room_bytes) {
  if (empty() || room_bytes < kOptionHeadBytes + kBlockBytes) return;
  const size_t most = std::min(wire::sack_blocks_that_fit(options), (room_bytes - kOptionHeadBytes) / kBlockBytes);
  const auto add = [&](const Block& b) {
    if (options.sack_count < most) options.sack[options.sack_count++] = {b.left.raw(), b.right.raw()};
  };
  if (duplicate_pending() && most > 0) {
    add(duplicate_);
    duplicate_ = {};
  }
  for (size_t i = 0; i < count_; ++i) add(blocks_[i]);
}

}  // namespace sluice::tcp
