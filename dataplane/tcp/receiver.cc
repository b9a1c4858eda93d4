#include "tcp/receiver.h"

#include <algorithm>
#include <utility>

namespace sluice::tcp {

namespace {

constexpr uint32_t kLargestField = 65'535;

}  // namespace

void Receiver::open(SeqNum irs, uint32_t buffer_bytes, uint32_t offered_bytes) {
  irs_ = irs;
  rcv_nxt_ = irs + SeqLen{1};
  rcv_adv_ = rcv_nxt_ + SeqLen{offered_bytes};
  buffer_bytes_ = buffer_bytes;
}

bool Receiver::acceptable(SeqNum seq, SeqLen length) const {
  if (rcv_wnd() == 0) return length.value == 0 && seq == rcv_nxt_;
  const bool begins_inside = rcv_nxt_ <= seq && seq < rcv_adv_;
  if (length.value == 0) return begins_inside;
  const SeqNum last = seq + (length - SeqLen{1});
  return begins_inside || (rcv_nxt_ <= last && last < rcv_adv_);
}

// A segment that begins before and ends behind the window has neither end inside; a peer that keeps to what it was
// offered never sends one.
Receiver::Arrival Receiver::on_text(SeqNum seq, Packet text, DisorderPool& pool) {
  Slice slice(std::move(text));
  if (seq > rcv_nxt_) return keep(seq, std::move(slice), pool);
  if (!try_deliver(std::move(slice))) return Arrival::kRefused;
  if (!has_gap()) return Arrival::kInOrder;
  note_kept_twice(pool);
  deliver_kept(pool);
  return Arrival::kFilledGap;
}

// RFC 2883 4: the text that was just delivered reached into what is kept. Where part of it was old, that is reported.
void Receiver::note_kept_twice(DisorderPool& pool) {
  const Reassembly::Stretch twice = disorder_->kept.first_before(rcv_nxt_);
  if (!twice.empty() && !disorder_->sack.duplicate_pending()) on_duplicate(twice.begin, twice.end, pool);
}

void Receiver::deliver_kept(DisorderPool& pool) {
  Reassembly& kept = disorder_->kept;
  for (Slice next = kept.take(rcv_nxt_, pool.segments); !next.empty(); next = kept.take(rcv_nxt_, pool.segments)) {
    if (!try_deliver(std::move(next))) return forget_out_of_order(pool);
  }
  disorder_->sack.on_delivered(rcv_nxt_);
  end_disorder_if_over(pool);
}

Receiver::Arrival Receiver::keep(SeqNum seq, Slice text, DisorderPool& pool) {
  const SeqNum end = seq + SeqLen{static_cast<uint32_t>(text.size())};
  Disorder& d = disorder(pool);
  // Twice the window in buffers holds a window of full segments.
  const auto [outcome, twice] = d.kept.insert(seq, std::move(text), 2 * buffer_bytes_, pool.segments);
  switch (outcome) {
    case Reassembly::Outcome::kStored:
      if (sack_) report_kept(d, seq, end);
      if (!twice.empty()) on_duplicate(twice.begin, twice.end, pool);
      return Arrival::kOutOfOrder;
    case Reassembly::Outcome::kDuplicate:
      on_duplicate(seq, end, pool);
      return Arrival::kDuplicate;
    case Reassembly::Outcome::kRefused:
      break;
  }
  end_disorder_if_over(pool);
  return Arrival::kRefused;
}

// RFC 2018 4: the first block is all that is kept around what came last. Where the blocks have forgotten their own part
// of it, what is kept knows.
void Receiver::report_kept(Disorder& d, SeqNum seq, SeqNum end) {
  if (!d.sack.has_forgotten()) return d.sack.on_kept(seq, end);
  const Reassembly::Stretch whole = d.kept.stretch_around(seq);
  d.sack.on_kept(whole.begin, whole.end);
}

Disorder& Receiver::disorder(DisorderPool& pool) {
  if (disorder_ == nullptr) disorder_ = pool.disorders.try_take();  // there are as many as connections
  return *disorder_;
}

void Receiver::end_disorder_if_over(DisorderPool& pool) {
  if (disorder_->over()) pool.disorders.release(std::exchange(disorder_, nullptr));
}

void Receiver::forget_out_of_order(DisorderPool& pool) {
  if (disorder_ == nullptr) return;
  disorder_->kept.clear(pool.segments);
  disorder_->sack.forget();
  end_disorder_if_over(pool);
}

void Receiver::report_sack(wire::TcpOptions& options, size_t room_bytes, DisorderPool& pool) {
  if (disorder_ == nullptr) return;
  disorder_->sack.report(options, room_bytes);
  end_disorder_if_over(pool);
}

bool Receiver::try_deliver(Slice text) {
  // Nothing can follow the peer's FIN.
  if (fin_ == Fin::kAhead && rcv_nxt_ + SeqLen{static_cast<uint32_t>(text.size())} > fin_seq_) {
    text.remove_suffix(text.size() - (fin_seq_ - rcv_nxt_).value);
  }
  const auto n = static_cast<uint32_t>(text.size());
  if (!discarding_) {
    if (readable_.back_room() >= n) {
      readable_.append_to_back(text.bytes());
    } else if (!readable_.try_push(std::move(text))) {
      return false;  // RCV.NXT stays: the peer sends it again when there is memory
    }
    unread_bytes_ += n;
  }
  rcv_nxt_ += SeqLen{n};
  return true;
}

void Receiver::on_fin(SeqNum seq) {
  if (fin_ != Fin::kNone) return;
  fin_ = Fin::kAhead;
  fin_seq_ = seq;
}

bool Receiver::try_finish() {
  if (fin_ != Fin::kAhead || rcv_nxt_ != fin_seq_) return false;
  fin_ = Fin::kReached;
  rcv_nxt_ += SeqLen{1};
  rcv_adv_ = max(rcv_adv_, rcv_nxt_);
  return true;
}

void Receiver::discard(DisorderPool& pool) {
  discarding_ = true;
  readable_.clear();
  unread_bytes_ = 0;
  if (disorder_ == nullptr) return;
  disorder_->kept.clear(pool.segments);
  pool.disorders.release(std::exchange(disorder_, nullptr));
}

uint32_t Receiver::largest_window(uint32_t most_bytes) const {
  return std::min({buffer_bytes_, kLargestField << shift_, most_bytes});
}

SeqNum Receiver::largest_edge(uint32_t most_bytes) const {
  const uint32_t window = largest_window(most_bytes);
  return rcv_nxt_ + SeqLen{window - std::min(window, unread_bytes_)};
}

// RFC 9293 3.8.6.2.2: the edge moves by at least a segment or half of the buffer, or not at all.
uint16_t Receiver::offer_window(uint32_t mss, uint32_t most_bytes) {
  SeqNum edge = max(largest_edge(most_bytes), rcv_adv_);
  if (edge - rcv_adv_ < SeqLen{std::min(mss, buffer_bytes_ / 2)}) edge = rcv_adv_;
  const uint32_t field = std::min((edge - rcv_nxt_).value >> shift_, kLargestField);
  rcv_adv_ = max(rcv_adv_, rcv_nxt_ + SeqLen{field << shift_});
  return static_cast<uint16_t>(field);
}

// A peer that may send a single segment more would wait for our delayed acknowledgement after each.
bool Receiver::window_update_due(uint32_t mss, uint32_t most_bytes) const {
  const uint32_t window = largest_window(most_bytes);
  const uint32_t step = std::max(std::min(mss, window / 2), window / 8);
  const bool nearly_closed = rcv_wnd() < std::max(step, 2 * mss);
  return !finished() && nearly_closed && largest_edge(most_bytes) >= rcv_adv_ + SeqLen{step};
}

}  // namespace sluice::tcp
