#include "tcp/scoreboard.h"

#include <algorithm>

namespace sluice::tcp {

// RFC 8985 6.2, steps 1 to 3. What was sent again says nothing of the path when its acknowledgement may be for an
// earlier transmission.
void Delivery::add(const Transmission& t) {
  bytes += t.bytes();
  if (t.end > fack) {
    fack = t.end;
  } else if (!t.again && t.end < fack) {
    reordered = true;
  }
  const Duration round_trip = std::max(now - t.sent_at, Duration::nanoseconds(1));
  if (t.again) {
    if (echoed_ms && static_cast<int32_t>(*echoed_ms - timestamp_clock(t.sent_at)) < 0) return;
    if (round_trip < min_rtt) return;
  } else {
    if (!original) original = t.seq;
    original_rtt = round_trip;
  }
  if (t.sent_at < newest_sent_at || (t.sent_at == newest_sent_at && newest_end > t.end)) return;
  rtt = round_trip;
  newest_sent_at = t.sent_at;
  newest_end = t.end;
}

bool Scoreboard::alike(const Transmission& a, const Transmission& b) {
  if (a.fate != b.fate) return false;
  return a.fate == Fate::kSacked || (a.again == b.again && (a.fate == Fate::kLost || a.sent_at == b.sent_at));
}

void Scoreboard::set_fate(Transmission& t, Fate fate) {
  bytes_[index(t.fate)] -= t.bytes();
  bytes_[index(fate)] += t.bytes();
  t.fate = fate;
}

Transmission* Scoreboard::try_take(const Transmission& value, TransmissionPool& pool) {
  const bool crowded = stretches_ >= kMostStretches || pool.size() >= pool.capacity() / 2;
  if (crowded && head_ != nullptr) return nullptr;
  Transmission* t = pool.try_take(value);
  if (t != nullptr) ++stretches_;
  return t;
}

void Scoreboard::absorb_next(Transmission& t, TransmissionPool& pool) {
  Transmission* next = t.next;
  t.end = next->end;
  t.again |= next->again;
  t.next = next->next;
  if (tail_ == next) tail_ = &t;
  pool.release(next);
  --stretches_;
}

void Scoreboard::pop(TransmissionPool& pool) {
  Transmission* front = head_;
  bytes_[index(front->fate)] -= front->bytes();
  head_ = front->next;
  if (head_ == nullptr) tail_ = nullptr;
  pool.release(front);
  --stretches_;
}

void Scoreboard::clear(TransmissionPool& pool) {
  while (head_ != nullptr) pop(pool);
}

bool Scoreboard::try_cut(SeqNum at, TransmissionPool& pool) {
  Transmission* t = head_;
  while (t != nullptr && t->end <= at) t = t->next;
  return t == nullptr || try_cut(*t, at, pool);
}

// A boundary at `at`, unless it is none of the stretch, or that is SACKed: what has arrived needs no finer picture.
bool Scoreboard::try_cut(Transmission& t, SeqNum at, TransmissionPool& pool) {
  if (t.seq >= at || t.end <= at || t.fate == Fate::kSacked) return true;
  Transmission* rest = try_take(t, pool);
  if (rest == nullptr) return false;
  rest->seq = t.end = at;
  t.next = rest;
  if (tail_ == &t) tail_ = rest;
  return true;
}

void Scoreboard::on_sent(SeqNum seq, SeqNum end, Instant now, bool again, TransmissionPool& pool) {
  if (tail_ == nullptr || seq >= tail_->end) {
    append(seq, end, now, again, pool);
  } else {
    send_again(seq, end, now, pool);
  }
}

void Scoreboard::append(SeqNum seq, SeqNum end, Instant now, bool again, TransmissionPool& pool) {
  const Transmission sent{.seq = seq, .end = end, .sent_at = now, .again = again};
  Transmission* t = nullptr;
  if (tail_ == nullptr || !alike(*tail_, sent)) t = try_take(sent, pool);
  if (t != nullptr) {
    (tail_ == nullptr ? head_ : tail_->next) = t;
    tail_ = t;
  } else {
    // The same moment, or no stretch to be had: then the last one counts as sent now.
    set_fate(*tail_, Fate::kInFlight);
    tail_->sent_at = now;
    tail_->end = end;
  }
  bytes_[index(Fate::kInFlight)] += sent.bytes();
}

void Scoreboard::send_again(SeqNum seq, SeqNum end, Instant now, TransmissionPool& pool) {
  // Where no cut can be made the whole stretch counts as sent: the acknowledgement will tell.
  try_cut(seq, pool);
  try_cut(end, pool);
  Transmission* previous = nullptr;
  for (Transmission* t = head_; t != nullptr && t->seq < end; t = t->next) {
    if (t->end > seq && t->fate != Fate::kSacked) {
      set_fate(*t, Fate::kInFlight);
      t->sent_at = now;
      t->again = true;
      if (previous != nullptr && alike(*previous, *t)) {
        absorb_next(*previous, pool);
        t = previous;
      }
    }
    previous = t;
  }
}

void Scoreboard::on_acknowledged(SeqNum ack, Delivery& delivery, TransmissionPool& pool) {
  while (head_ != nullptr && head_->end <= ack) {
    if (head_->fate != Fate::kSacked) delivery.add(*head_);
    pop(pool);
  }
  if (head_ == nullptr || head_->seq >= ack) return;
  Transmission arrived = *head_;
  arrived.end = ack;
  if (head_->fate != Fate::kSacked) delivery.add(arrived);
  bytes_[index(head_->fate)] -= arrived.bytes();
  head_->seq = ack;
}

// Neighbours that have arrived become one. Returns the stretch that holds what was `t`.
Transmission* Scoreboard::note_arrived(Transmission* previous, Transmission* t, Delivery& delivery,
                                       TransmissionPool& pool) {
  delivery.add(*t);
  set_fate(*t, Fate::kSacked);
  if (previous != nullptr && previous->fate == Fate::kSacked) {
    absorb_next(*previous, pool);
    t = previous;
  }
  if (t->next != nullptr && t->next->fate == Fate::kSacked) absorb_next(*t, pool);
  return t;
}

// One walk for all blocks of an acknowledgement, which come in the order of their numbers: a peer that cuts the flight
// into small pieces would have each block look for its place among all of them.
bool Scoreboard::on_sacked(SeqNum left, SeqNum right, Delivery& delivery, TransmissionPool& pool, Transmission*& near) {
  Transmission* previous = nullptr;
  Transmission* t = near == nullptr ? head_ : near;
  for (; t != nullptr && t->end <= left; t = t->next) previous = t;
  bool noted = true;
  for (; t != nullptr && t->seq < right; t = t->next) {
    if (t->fate != Fate::kSacked) {
      // A stretch that cannot be cut where the block ends stays as it is.
      const bool begins = try_cut(*t, left, pool);
      if (begins && t->seq < left) {
        previous = t;
        t = t->next;
      }
      const bool ends = try_cut(*t, right, pool);
      noted = noted && begins && ends;
      if (begins && ends) t = note_arrived(previous, t, delivery, pool);
    }
    previous = t;
  }
  if (previous != nullptr) near = previous;
  return noted;
}

void Scoreboard::lose_front(uint32_t bytes, TransmissionPool& pool) {
  if (head_ == nullptr || head_->fate != Fate::kInFlight) return;
  try_cut(head_->seq + SeqLen{bytes}, pool);
  lose(*head_);
}

void Scoreboard::lose_all() {
  for (Transmission* t = head_; t != nullptr; t = t->next) {
    if (t->fate == Fate::kInFlight) lose(*t);
  }
}

void Scoreboard::find_lost() {
  for (Transmission* t = head_; t != nullptr; t = t->next) {
    if (t->fate == Fate::kLost) set_fate(*t, Fate::kInFlight);
  }
}

void Scoreboard::forget_sacked() {
  for (Transmission* t = head_; t != nullptr; t = t->next) {
    if (t->fate == Fate::kSacked) lose(*t);
  }
}

const Transmission* Scoreboard::first_lost() const {
  if (lost_bytes() == 0) return nullptr;
  const Transmission* t = head_;
  while (t->fate != Fate::kLost) t = t->next;
  return t;
}

bool Scoreboard::repairs_on_their_way() const {
  for (const Transmission* t = head_; t != nullptr; t = t->next) {
    if (t->again && t->fate != Fate::kSacked) return true;
  }
  return false;
}

bool Scoreboard::was_sent_again(SeqNum left, SeqNum right) const {
  for (const Transmission* t = head_; t != nullptr && t->seq < right; t = t->next) {
    if (t->end > left && !t->again) return false;
  }
  return true;
}

}  // namespace sluice::tcp
