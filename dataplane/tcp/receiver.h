// Receiver: what has arrived and what may still arrive: the receive sequence space of RFC 9293 3.3.1.
//
// Part of a Connection. Always: RCV.NXT <= rcv_adv, the right edge of the window that was offered, which never moves
// back (RFC 9293 3.8.6). Text in order waits in readable() until the user says consumed(); text ahead of a gap waits in
// the Disorder. Neighbouring small segments share a buffer, so the buffers held stay within about twice the bytes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "packet/packet.h"
#include "packet/slice_queue.h"
#include "tcp/reassembly.h"
#include "tcp/sack_blocks.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

// What is known only while text has arrived out of order, or twice: a connection at rest has none, and costs none.
struct Disorder {
  Reassembly kept;  // ahead of a gap
  SackBlocks sack;  // what the next acknowledgement says beside RCV.NXT

  bool over() const { return kept.empty() && sack.empty(); }
};

// Where the text out of order of all connections stands.
struct DisorderPool {
  DisorderPool(uint32_t most_segments, uint32_t most_connections)
      : segments(most_segments), disorders(most_connections) {}

  ReassemblyPool segments;
  Slab<Disorder> disorders;  // one for each connection
};

class Receiver {
 public:
  explicit Receiver(SliceNodePool& nodes) : readable_(nodes) {}

  // The peer's SYN took IRS. buffer_bytes: the largest window for now; offered_bytes: what the SYN of ours offered.
  void open(SeqNum irs, uint32_t buffer_bytes, uint32_t offered_bytes);
  // Offers more from now on, up to buffer_bytes; less than before changes nothing.
  void grow_buffer(uint32_t buffer_bytes) { buffer_bytes_ = std::max(buffer_bytes_, buffer_bytes); }
  // Both ends scale: the windows that we offer are shifted by this (RFC 7323 2.2).
  void set_shift(uint8_t shift) { shift_ = shift; }
  // Both ends use SACK: what arrives out of order, or twice, is to be reported (RFC 2018 2).
  void use_sack() { sack_ = true; }

  // RFC 9293 3.10.7.4, first step: the table of four cases.
  bool acceptable(SeqNum seq, SeqLen length) const;

  enum class Arrival : uint8_t {
    kInOrder,     // RCV.NXT has moved
    kFilledGap,   // the same, all or part of a gap: text that waited behind it may have come with it
    kOutOfOrder,  // kept for later
    kDuplicate,
    kRefused,  // no room: the out-of-order store or the node pool is full
  };
  // Takes text that lies within the window. REQUIRES: text not empty, seq >= RCV.NXT.
  Arrival on_text(SeqNum seq, Packet text, DisorderPool& pool);
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
  void forget_out_of_order(DisorderPool& pool);
  // The numbers [left, right) arrived, and were here before.
  void on_duplicate(SeqNum left, SeqNum right, DisorderPool& pool) {
    if (sack_) disorder(pool).sack.on_duplicate(left, right);
  }
  // What an acknowledgement says beside RCV.NXT, as far as SackBlocks::report() finds room.
  void report_sack(wire::TcpOptions& options, size_t room_bytes, DisorderPool& pool);
  // Nobody reads any more: drops what is there and all that comes.
  void discard(DisorderPool& pool);

  // The window field of a segment that leaves now; remembers what it offers. What is offered and what is unread are
  // `most_bytes` at most together, but for what was offered before.
  uint16_t offer_window(uint32_t mss, uint32_t most_bytes);
  // The window is nearly closed, and could open by enough to tell the peer (RFC 9293 3.8.6.2.2).
  bool window_update_due(uint32_t mss, uint32_t most_bytes) const;

  SeqNum irs() const { return irs_; }
  SeqNum rcv_nxt() const { return rcv_nxt_; }
  uint32_t rcv_wnd() const { return (rcv_adv_ - rcv_nxt_).value; }
  SeqNum rcv_adv() const { return rcv_adv_; }
  bool has_gap() const { return disorder_ != nullptr && !disorder_->kept.empty(); }

 private:
  enum class Fin : uint8_t { kNone, kAhead, kReached };

  [[nodiscard]] bool try_deliver(Slice text);
  Arrival keep(SeqNum seq, Slice text, DisorderPool& pool);
  void note_kept_twice(DisorderPool& pool);
  void deliver_kept(DisorderPool& pool);
  static void report_kept(Disorder& d, SeqNum seq, SeqNum end);
  Disorder& disorder(DisorderPool& pool);
  void end_disorder_if_over(DisorderPool& pool);
  uint32_t largest_window(uint32_t most_bytes) const;
  SeqNum largest_edge(uint32_t most_bytes) const;

  SeqNum irs_;
  SeqNum rcv_nxt_;
  SeqNum rcv_adv_;
  SeqNum fin_seq_;
  uint32_t buffer_bytes_ = 0;
  uint32_t unread_bytes_ = 0;  // delivered in order and not consumed
  uint8_t shift_ = 0;
  Fin fin_ = Fin::kNone;
  bool discarding_ = false;
  bool sack_ = false;
  SliceQueue readable_;
  Disorder* disorder_ = nullptr;
};

}  // namespace sluice::tcp
