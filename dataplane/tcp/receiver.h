// Receiver: what has arrived and what may still arrive: the receive sequence space of RFC 9293 3.3.1.
//
// Part of a Connection. Always: RCV.NXT <= rcv_adv, the right edge of the window that was offered, which never moves
// back (RFC 9293 3.8.6). Text in order waits in readable() until the user says consumed(); text ahead of a gap waits in
// the Reassembly. Neighbouring small segments share a buffer, so the buffers held stay within about twice the bytes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "packet/packet.h"
#include "packet/slice_queue.h"
#include "tcp/reassembly.h"
#include "tcp/sack_blocks.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

class Receiver {
 public:
  explicit Receiver(SliceNodePool& nodes) : readable_(nodes) {}

  // The peer's SYN took IRS. buffer_bytes: the largest window for now; offered_bytes: what the SYN of ours offered.
  void open(SeqNum irs, uint32_t buffer_bytes, uint32_t offered_bytes);
  // Offers more from now on, up to buffer_bytes; less than before changes nothing.
  void grow_buffer(uint32_t buffer_bytes) { buffer_bytes_ = std::max(buffer_bytes_, buffer_bytes); }
  // Both ends scale: the windows that we offer are shifted by this (RFC 7323 2.2).
  void set_shift(uint8_t shift) { shift_ = shift; }

  // RFC 9293 3.10.7.4, first step: the table of four cases.
  bool acceptable(SeqNum seq, SeqLen length) const;

  enum class Arrival : uint8_t {
    kInOrder,     // RCV.NXT has moved
    kFilledGap,   // and text that waited behind it came with it
    kOutOfOrder,  // kept for later
    kDuplicate,
    kRefused,  // no room: the out-of-order store or the node pool is full
  };
  // Takes text that lies within the window. REQUIRES: text not empty, seq >= RCV.NXT.
  Arrival on_text(SeqNum seq, Packet text, ReassemblyPool& pool);
  // The peer's FIN has the number `seq`, which may lie ahead of RCV.NXT; text behind it will be ignored.
  void on_fin(SeqNum seq);
  // All text before the FIN has arrived: RCV.NXT moves over it. True once.
  bool try_finish();
  bool finished() const { return fin_ == Fin::kReached; }

  SliceQueue& readable() { return readable_; }
  // The user has taken n bytes; the window may open.
  void consumed(size_t n) { unread_bytes_ -= static_cast<uint32_t>(n < unread_bytes_ ? n : unread_bytes_); }
  uint32_t unread_bytes() const { return unread_bytes_; }
  // Gives back the buffers of text ahead of a gap: it was not acknowledged and comes again.
  void forget_out_of_order(ReassemblyPool& pool) {
    reassembly_.clear(pool);
    sack_.forget();
  }
  // The numbers [left, right) arrived, and were here before.
  void on_duplicate(SeqNum left, SeqNum right) { sack_.on_duplicate(left, right); }
  // What the next acknowledgement says beside RCV.NXT.
  SackBlocks& sack() { return sack_; }
  // Nobody reads any more: drops what is there and all that comes.
  void discard(ReassemblyPool& pool);

  // The window field of a segment that leaves now; remembers what it offers. The window opens to `most_bytes` at most.
  uint16_t offer_window(uint32_t mss, uint32_t most_bytes);
  // The window is nearly closed, and could open by enough to tell the peer (RFC 9293 3.8.6.2.2).
  bool window_update_due(uint32_t mss) const;

  SeqNum irs() const { return irs_; }
  SeqNum rcv_nxt() const { return rcv_nxt_; }
  uint32_t rcv_wnd() const { return (rcv_adv_ - rcv_nxt_).value; }
  SeqNum rcv_adv() const { return rcv_adv_; }
  bool has_gap() const { return !reassembly_.empty(); }
  const Reassembly& reassembly() const { return reassembly_; }

 private:
  enum class Fin : uint8_t { kNone, kAhead, kReached };

  [[nodiscard]] bool try_deliver(Slice text);
  Arrival keep(SeqNum seq, Slice text, ReassemblyPool& pool);
  uint32_t largest_window() const;
  SeqNum largest_edge() const;

  SeqNum irs_;
  SeqNum rcv_nxt_;
  SeqNum rcv_adv_;
  SeqNum fin_seq_;
  uint32_t buffer_bytes_ = 0;
  uint32_t unread_bytes_ = 0;  // delivered in order and not consumed
  uint8_t shift_ = 0;
  Fin fin_ = Fin::kNone;
  bool discarding_ = false;
  SliceQueue readable_;
  Reassembly reassembly_;
  SackBlocks sack_;
};

}  // namespace sluice::tcp
