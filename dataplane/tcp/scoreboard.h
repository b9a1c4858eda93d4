// Scoreboard: every stretch of the send sequence space that waits for its acknowledgement: when it was last sent and
// what is known of it (RFC 6675 3, RFC 8985 5.2).
//
// Part of a Flight. Always: the stretches are sorted, do not overlap and cover [SND.UNA, SND.NXT). What leaves at one
// moment is one stretch until its parts fare differently, so there are few. Their number is bounded: where no stretch
// can be cut any more, a SACK is ignored and a loss or a repair counts for the whole stretch, which costs a
// retransmission and never a byte.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "sluice/units.h"
#include "tcp/delivery.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

enum class Fate : uint8_t { kInFlight, kSacked, kLost };

struct Transmission {
  SeqNum seq;
  SeqNum end;
  Instant sent_at{};
  Fate fate = Fate::kInFlight;
  bool again = false;  // sent more than once (Karn)
  Transmission* next = nullptr;

  uint32_t bytes() const { return (end - seq).value; }
};
static_assert(sizeof(Transmission) == 32);  // docs/tcp.md says so
using TransmissionPool = Slab<Transmission>;

class Scoreboard {
 public:
  // Stretches of one connection. Half of the pool is kept for connections that have none.
  static constexpr uint32_t kMostStretches = 1024;

  // [seq, end) has been sent: behind all others, or once more. again: parts of it may have been sent as a probe.
  // REQUIRES: the pool has a free stretch when this one is the first.
  void on_sent(SeqNum seq, SeqNum end, Instant now, bool again, TransmissionPool& pool);
  // All before `ack` has arrived.
  void on_acknowledged(SeqNum ack, Delivery& delivery, TransmissionPool& pool);
  // [left, right) has arrived. False when that could not be noted in full. near: where the look for it begins, which an
  // earlier call for the same acknowledgement has set, with nothing between; nullptr for the first. REQUIRES: SND.UNA
  // <= left < right, and no earlier `left` lies behind this one.
  [[nodiscard]] bool on_sacked(SeqNum left, SeqNum right, Delivery& delivery, TransmissionPool& pool,
                               Transmission*& near);

  // The first `bytes` in flight are lost, if what is in front is in flight.
  void lose_front(uint32_t bytes, TransmissionPool& pool);
  // REQUIRES: a stretch of this scoreboard, in flight.
  void lose(Transmission& t) { set_fate(t, Fate::kLost); }
  // All that has not arrived is lost.
  void lose_all();
  // What counts as lost is on its way after all.
  void find_lost();
  // The peer has thrown away what it reported (RFC 2018 8): SACKed text is lost.
  void forget_sacked();
  void clear(TransmissionPool& pool);

  Transmission* first() const { return head_; }
  const Transmission* first_lost() const;
  // Something that was sent again has not arrived, as far as is known.
  bool repairs_on_their_way() const;
  // What of [left, right) waits for its acknowledgement was sent again. SACKed stretches that touch are not told apart.
  bool was_sent_again(SeqNum left, SeqNum right) const;
  uint32_t stretches() const { return stretches_; }
  uint32_t in_flight_bytes() const { return bytes_[index(Fate::kInFlight)]; }
  uint32_t sacked_bytes() const { return bytes_[index(Fate::kSacked)]; }
  uint32_t lost_bytes() const { return bytes_[index(Fate::kLost)]; }

 private:
  static constexpr size_t index(Fate f) { return static_cast<size_t>(f); }
  static bool alike(const Transmission& a, const Transmission& b);

  void append(SeqNum seq, SeqNum end, Instant now, bool again, TransmissionPool& pool);
  void send_again(SeqNum seq, SeqNum end, Instant now, TransmissionPool& pool);
  bool try_cut(SeqNum at, TransmissionPool& pool);
  bool try_cut(Transmission& t, SeqNum at, TransmissionPool& pool);
  Transmission* note_arrived(Transmission* previous, Transmission* t, Delivery& delivery, TransmissionPool& pool);
  Transmission* try_take(const Transmission& value, TransmissionPool& pool);
  void set_fate(Transmission& t, Fate fate);
  void absorb_next(Transmission& t, TransmissionPool& pool);
  void pop(TransmissionPool& pool);

  Transmission* head_ = nullptr;
  Transmission* tail_ = nullptr;
  uint32_t bytes_[3] = {};
  uint32_t stretches_ = 0;
};

}  // namespace sluice::tcp
