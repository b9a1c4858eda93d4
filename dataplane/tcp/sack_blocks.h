// SackBlocks: what an acknowledgement says beside its number: text kept ahead of a gap (RFC 2018 4) and text that came
// twice (RFC 2883 4).
//
// Part of a Receiver. Always: the blocks do not touch each other, lie ahead of RCV.NXT, and the one that a segment
// changed last stands first. A fifth gap pushes the oldest block out: it is told again when text arrives beside it.
#pragma once

#include <array>
#include <cstdint>

#include "tcp/seq_num.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

class SackBlocks {
 public:
  // The text [left, right) is kept ahead of a gap.
  void on_kept(SeqNum left, SeqNum right);
  // The text [left, right) was here already: the next acknowledgement says so, once.
  void on_duplicate(SeqNum left, SeqNum right);
  // RCV.NXT has moved to here.
  void on_delivered(SeqNum rcv_nxt);
  // What was kept has been given up.
  void forget() {
    count_ = 0;
    forgotten_ = false;
  }

  // A block was pushed out: what is kept may be more than the blocks say.
  bool has_forgotten() const { return forgotten_; }
  bool empty() const { return count_ == 0 && !duplicate_pending(); }
  bool duplicate_pending() const { return duplicate_.left != duplicate_.right; }
  // Puts what there is to say into `options`, as far as these and `room_bytes` more in the segment allow.
  void report(wire::TcpOptions& options, size_t room_bytes);

 private:
  struct Block {
    SeqNum left;
    SeqNum right;
  };

  void take_out(size_t index);
  void put_first(Block block);

  std::array<Block, wire::TcpOptions::kMaxSackBlocks> blocks_;
  Block duplicate_;  // empty: none
  uint8_t count_ = 0;
  bool forgotten_ = false;
};

}  // namespace sluice::tcp
