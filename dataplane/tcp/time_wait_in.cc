#include "tcp/time_wait_in.h"

#include "tcp/isn.h"
#include "tcp/segment_builder.h"

namespace sluice::tcp {

namespace {

// RFC 7323 5.3, R1: PAWS.
bool is_old(const TimeWaitEntry& entry, const Segment& s) {
  return entry.has_timestamps && s.options.timestamps &&
         static_cast<int32_t>(s.options.timestamps->tsval - entry.ts_recent) < 0;
}

// RFC 6191 2: newer by its timestamp, or by its sequence number where the timestamps do not tell. Where the old
// connection had none and the new one will, they tell its segments from all old ones.
bool is_newer(const TimeWaitEntry& entry, const Segment& syn) {
  if (!entry.has_timestamps && syn.options.timestamps) return true;
  if (entry.has_timestamps && syn.options.timestamps) {
    const auto newer = static_cast<int32_t>(syn.options.timestamps->tsval - entry.ts_recent);
    if (newer != 0) return newer > 0;
  }
  return syn.seq > entry.rcv_nxt;
}

void send_ack(Environment& env, const TimeWaitEntry& entry) {
  wire::TcpHeader header{.seq = entry.snd_nxt.raw(), .ack = entry.rcv_nxt.raw(), .flags = {.ack = true}};
  if (entry.has_timestamps) {
    const uint32_t offset = timestamp_offset(env.secrets.timestamps, entry.tuple);
    header.options.timestamps = {timestamp_clock(env.now()) + offset, entry.ts_recent};
  }
  SegmentBuilder segment(env.packets, entry.tuple, header);
  if (!segment) return;
  segment.send(env.output);
  env.count(Counter::kTcpSegmentsSent);
}

// Text and FIN are answered each time: a peer that repeats them lacks that answer. What carries nothing, and a SYN,
// only within the limit, so that two ends never answer each other for ever.
void answer(Environment& env, const TimeWaitEntry& entry, const Segment& s) {
  const bool limited = s.bare || s.flags.syn;
  if (limited && !env.challenge_acks.try_take(env.now())) return env.count(Counter::kTcpChallengeAckSuppressed);
  send_ack(env, entry);
}

}  // namespace

TimeWaitVerdict segment_arrives_in_time_wait(Environment& env, uint32_t index, const Segment& s) {
  const TimeWaitEntry& entry = env.time_wait.at(index);
  // RFC 1337 3, fix F1: an old RST must not end the wait.
  if (s.flags.rst) {
    env.count(Counter::kTcpResetInTimeWait);
    return TimeWaitVerdict::kDone;
  }
  if (s.flags.syn && !s.flags.ack && is_newer(entry, s)) return TimeWaitVerdict::kReopen;
  const bool old = is_old(entry, s);
  if (!old && s.end() == entry.rcv_nxt) {
    if (s.flags.fin) env.time_wait.restart(index);
    if (entry.has_timestamps && s.options.timestamps) {
      env.time_wait.set_ts_recent(index, s.options.timestamps->tsval);
    }
  }
  const bool silent = !old && s.bare && s.seq == entry.rcv_nxt;
  if (!silent) answer(env, entry, s);
  env.count(old ? Counter::kTcpPaws : Counter::kTcpInTimeWait);
  return TimeWaitVerdict::kDone;
}

}  // namespace sluice::tcp
