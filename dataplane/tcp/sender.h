// Sender: what was written and how far it has got: the send sequence space of RFC 9293 3.3.1.
//
// Part of a Connection; changed by segment_in (acknowledgements, windows), segment_out (what was sent) and the timers.
// Always: SND.UNA <= SND.NXT <= snd_max, and the first queued byte is at SND.UNA once the SYN is acknowledged.
// snd_max is the highest number ever sent plus one: window probes lie beyond SND.NXT.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tcp/send_queue.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

// A stretch of the send sequence space that makes one segment.
struct SendPiece {
  SeqNum seq;
  uint32_t text_bytes = 0;
  bool fin = false;
  bool push = false;  // nothing is queued behind it

  uint32_t bytes() const { return text_bytes + (fin ? 1u : 0u); }
  SeqNum end() const { return seq + SeqLen{bytes()}; }
};

class Sender {
 public:
  explicit Sender(SliceNodePool& nodes) : queue_(nodes) {}

  // The SYN takes ISS (RFC 9293 3.4.1). Called again with another ISS before anything is acknowledged it starts over.
  void open(SeqNum iss);
  // The peer acknowledged the SYN: text begins at ISS + 1.
  void on_syn_acknowledged();

  // What is written after finish() is dropped by the Connection before it gets here.
  void write(SliceQueue bytes, PacketPool& packets, SliceNodePool& nodes) {
    queue_.push(std::move(bytes), packets, nodes);
  }
  // A FIN follows what is queued.
  void finish() { fin_ = fin_ == Fin::kNone ? Fin::kQueued : fin_; }
  // Drops what is queued: nothing will be sent any more.
  void clear() { queue_.clear(); }

  // The next new piece, of at most room_bytes, that the peer's window and silly-window avoidance allow (RFC 9293
  // 3.8.6.2.1): a full segment, the end of what is queued, or half of the largest window the peer ever offered.
  std::optional<SendPiece> next(uint32_t room_bytes, bool nagle) const;
  // What was sent from `seq` on, `bytes` of it at most, as one segment inside the peer's window; may be nothing.
  SendPiece piece_within(SeqNum seq, uint32_t bytes) const;
  // The first unacknowledged piece, to send it again or to probe a closed or too small window with it: what fits the
  // peer's window, but at least one number (RFC 9293 3.8.6.1). REQUIRES: in_flight() or unsent().
  SendPiece head() const;
  // A full piece of next() with as many whole segments behind it as the peer's window and most_bytes allow, lying in at
  // most `parts` buffers: for devices that cut. A FIN is left to the next piece.
  SendPiece lengthened(SendPiece piece, uint32_t most_bytes, unsigned parts);
  // How many of the text's bytes lie in its first `parts` buffers. REQUIRES: piece.text_bytes > 0.
  size_t bytes_in_parts(const SendPiece& piece, unsigned parts) {
    return queue_.bytes_in_parts((piece.seq - snd_una_).value, piece.text_bytes, parts);
  }
  // Hangs the text of a piece behind `chain`, shared; see SendQueue.
  [[nodiscard]] bool try_share_text(const SendPiece& piece, PacketChain& chain, PacketPool& packets) {
    return queue_.try_share((piece.seq - snd_una_).value, piece.text_bytes, chain, packets);
  }
  // Copies the text of a piece. REQUIRES: piece of this sender, out.size() == piece.text_bytes.
  void copy_text(const SendPiece& piece, std::span<std::byte> out) {
    queue_.copy_out((piece.seq - snd_una_).value, out);
  }

  // It is flight when it leaves now; what lies outside the peer's window is a probe.
  bool inside_window(const SendPiece& piece) const { return piece.end() <= snd_una_ + SeqLen{snd_wnd_}; }
  // The piece has left. One that lies outside the peer's window was a probe: it moves snd_max alone and is no flight.
  void on_sent(const SendPiece& piece);
  // Nothing is in flight any more: the peer has closed its window over it, and sending goes back to SND.UNA.
  void rewind() { snd_nxt_ = snd_una_; }

  // SND.UNA moves to `ack`; returns the bytes of text that this acknowledges. REQUIRES: SND.UNA < ack <= snd_max.
  uint32_t acknowledge(SeqNum ack);
  // The window of the segment that ended the handshake. window: bytes.
  void start_window(SeqNum seq, SeqNum ack, uint32_t window);
  // RFC 9293 3.10.7.4, fifth step: takes the window unless the segment is older than the last that updated it. One that
  // acknowledges something new is not, although text that is repeated has an old number: the window of before would
  // slide on. window: scaled, bytes. True when the window changed.
  bool update_window(SeqNum seq, SeqNum ack, uint32_t window, bool new_ack);

  SeqNum snd_una() const { return snd_una_; }
  SeqNum snd_nxt() const { return snd_nxt_; }
  SeqNum snd_max() const { return snd_max_; }
  SeqNum iss() const { return iss_; }
  uint32_t snd_wnd() const { return snd_wnd_; }
  uint32_t max_snd_wnd() const { return max_snd_wnd_; }
  uint16_t mss() const { return mss_; }
  // Largest text of a segment: the effective send MSS less the options that every segment carries.
  void set_mss(uint16_t bytes) { mss_ = bytes; }

  // A number for segments without text that the peer finds acceptable even when its window has shrunk: two ends with
  // closed windows must not answer each other's acknowledgements for ever.
  SeqNum acceptable_seq() const { return max(snd_una_, min(snd_max_, snd_una_ + SeqLen{snd_wnd_})); }

  uint32_t flight_bytes() const { return (snd_nxt_ - snd_una_).value; }
  bool in_flight() const { return snd_nxt_ > snd_una_; }
  // Text or a FIN waits to be sent (again).
  bool unsent() const { return end() > snd_nxt_; }
  bool write_ended() const { return fin_ != Fin::kNone; }
  bool fin_acknowledged() const { return fin_ == Fin::kAcknowledged; }
  size_t queued_bytes() const { return queue_.size(); }

 private:
  enum class Fin : uint8_t { kNone, kQueued, kAcknowledged };

  SeqNum text_end() const { return snd_una_ + SeqLen{static_cast<uint32_t>(queue_.size())}; }
  // One past the last number that will be used.
  SeqNum end() const;
  SendPiece piece(SeqNum from, uint32_t room) const;

  SeqNum iss_;
  SeqNum snd_una_;
  SeqNum snd_nxt_;
  SeqNum snd_max_;
  uint32_t snd_wnd_ = 0;
  SeqNum snd_wl1_;
  SeqNum snd_wl2_;
  uint32_t max_snd_wnd_ = 0;
  uint16_t mss_ = 536;  // RFC 9293 3.7.1
  bool syn_acknowledged_ = false;
  Fin fin_ = Fin::kNone;
  SendQueue queue_;
};

}  // namespace sluice::tcp
