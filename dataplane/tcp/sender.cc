#include "tcp/sender.h"

#include <algorithm>

namespace sluice::tcp {

void Sender::open(SeqNum iss) {
  iss_ = snd_una_ = iss;
  snd_nxt_ = snd_max_ = iss + SeqLen{1};
}

void Sender::on_syn_acknowledged() {
  syn_acknowledged_ = true;
  snd_una_ = iss_ + SeqLen{1};
  snd_nxt_ = max(snd_nxt_, snd_una_);
}

SeqNum Sender::end() const {
  if (!syn_acknowledged_) return snd_nxt_;  // nothing follows the SYN before it is acknowledged
  return text_end() + SeqLen{fin_ == Fin::kQueued ? 1u : 0u};
}

// As much from `from` on as is queued and fits a segment and `room`. The FIN needs room of its own.
SendPiece Sender::piece(SeqNum from, uint32_t room) const {
  const uint32_t queued = from < text_end() ? (text_end() - from).value : 0;
  SendPiece p{.seq = from, .text_bytes = std::min({queued, room, uint32_t{mss_}})};
  const bool reaches_end = p.text_bytes == queued;
  p.fin = reaches_end && fin_ == Fin::kQueued && room > p.text_bytes;
  p.push = reaches_end && p.text_bytes > 0;
  return p;
}

std::optional<SendPiece> Sender::next(uint32_t room_bytes, bool nagle) const {
  const SeqNum edge = snd_una_ + SeqLen{snd_wnd_};
  if (!unsent() || edge <= snd_nxt_) return std::nullopt;
  const SendPiece p = piece(snd_nxt_, std::min((edge - snd_nxt_).value, room_bytes));
  if (p.end() == p.seq) return std::nullopt;
  const bool full = p.text_bytes == mss_;
  const bool retransmission = snd_nxt_ < snd_max_;
  const bool everything = p.end() == end() && (!nagle || p.fin || snd_nxt_ == snd_una_);
  const bool half_window = p.text_bytes > 0 && p.text_bytes >= max_snd_wnd_ / 2;
  if (full || retransmission || everything || half_window) return p;
  return std::nullopt;
}

SendPiece Sender::piece_within(SeqNum seq, uint32_t bytes) const {
  const SeqNum edge = snd_una_ + SeqLen{snd_wnd_};
  return piece(seq, edge > seq ? std::min((edge - seq).value, bytes) : 0);
}

SendPiece Sender::lengthened(SendPiece piece, uint32_t most_bytes, unsigned parts) {
  if (piece.text_bytes != mss_ || piece.seq < snd_max_) return piece;
  const SeqNum edge = snd_una_ + SeqLen{snd_wnd_};
  SendPiece longer{.seq = piece.seq,
                   .text_bytes = std::min({(text_end() - piece.seq).value, (edge - piece.seq).value, most_bytes})};
  longer.text_bytes = static_cast<uint32_t>(bytes_in_parts(longer, parts));
  longer.text_bytes -= longer.text_bytes % mss_;
  if (longer.text_bytes <= mss_) return piece;
  longer.push = longer.end() == text_end();
  return longer;
}

SendPiece Sender::head() const {
  return piece(snd_una_, std::max(snd_wnd_, 1u));
}

void Sender::on_sent(const SendPiece& piece) {
  if (inside_window(piece)) snd_nxt_ = max(snd_nxt_, piece.end());
  snd_max_ = max(snd_max_, piece.end());
}

uint32_t Sender::acknowledge(SeqNum ack) {
  const SeqLen acked = ack - snd_una_;
  uint32_t text = acked.value;
  if (fin_ == Fin::kQueued && ack == end()) {
    fin_ = Fin::kAcknowledged;
    --text;
  }
  queue_.acknowledge(text);
  snd_una_ = ack;
  snd_nxt_ = max(snd_nxt_, snd_una_);
  return text;
}

void Sender::start_window(SeqNum seq, SeqNum ack, uint32_t window) {
  snd_wnd_ = window;
  max_snd_wnd_ = std::max(max_snd_wnd_, window);
  snd_wl1_ = seq;
  snd_wl2_ = ack;
}

bool Sender::update_window(SeqNum seq, SeqNum ack, uint32_t window, bool new_ack) {
  const bool older = snd_wl1_ > seq || (snd_wl1_ == seq && snd_wl2_ > ack);
  if (older && !new_ack) return false;
  const bool changed = snd_wnd_ != window;
  start_window(seq, ack, window);
  return changed;
}

}  // namespace sluice::tcp
