// TimeWait: the tuples in TIME-WAIT, 64 bytes each, in a list in the order of their ends (RFC 9293 3.3.2).
//
// Owned by the Environment. Bounded: when it is full the oldest is recycled, and counted. What a segment does to an
// entry is in time_wait_in.h.
#pragma once

#include <cstdint>
#include <vector>

#include "base/worker_context.h"
#include "tcp/demux.h"
#include "tcp/four_tuple.h"
#include "tcp/seq_num.h"
#include "tcp/settings.h"

namespace sluice::tcp {

struct TimeWaitEntry {
  FourTuple tuple;
  SeqNum snd_nxt;
  SeqNum rcv_nxt;
  uint32_t ts_recent = 0;
  uint32_t expires_ms = 0;  // on the worker's clock, modulo 2^32; set by TimeWait
  uint32_t older = kNone;   // its neighbours in the order of their ends, by index
  uint32_t newer = kNone;
  bool has_timestamps = false;

  static constexpr uint32_t kNone = UINT32_MAX;
};
static_assert(sizeof(TimeWaitEntry) == 64);  // docs/tcp.md says so

class TimeWait {
 public:
  TimeWait(WorkerContext& context, Demux& demux, const Settings& settings);

  // The tuple, held in the demux by `from`, is in TIME-WAIT from now on.
  void enter(TimeWaitEntry entry, EntryRef from);
  // A FIN came again: the stay begins anew (RFC 9293 3.10.7.4, eighth step).
  void restart(uint32_t index);
  // The peer's clock has come this far (RFC 7323 4.3).
  void set_ts_recent(uint32_t index, uint32_t tsval) { entries_[index].ts_recent = tsval; }
  // A new connection takes the tuple (RFC 6191).
  void remove(uint32_t index);

  // An active open may take the tuple: for a second at least nothing was sent, and the peer will tell old segments by
  // their timestamps (RFC 6191 2, RFC 7323 5).
  bool may_be_reused(uint32_t index) const;

  const TimeWaitEntry& at(uint32_t index) const { return entries_[index]; }
  uint32_t size() const { return size_; }

 private:
  static constexpr uint32_t kNone = TimeWaitEntry::kNone;

  static EntryRef ref(uint32_t index) { return {EntryKind::kTimeWait, index}; }
  uint32_t expiry() const;
  bool over(const TimeWaitEntry& entry) const;
  uint32_t take_place();
  void append(uint32_t index);
  void unlink(uint32_t index);
  void expire();
  void arm();

  WorkerContext& context_;
  Demux& demux_;
  const uint32_t capacity_;
  const Duration stay_;
  uint32_t oldest_ = kNone;
  uint32_t newest_ = kNone;
  uint32_t free_ = kNone;  // places that were used before, linked by `newer`
  uint32_t size_ = 0;
  std::vector<TimeWaitEntry> entries_;  // room for all is reserved; it becomes memory when it is first used
  Timer timer_;
};

}  // namespace sluice::tcp
