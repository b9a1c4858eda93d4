// Initial sequence numbers that cannot be guessed and timestamp clocks that say nothing about uptime.
#pragma once

#include "base/siphash.h"
#include "sluice/units.h"
#include "tcp/four_tuple.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

// RFC 6528 3: ISN = M + F(tuple, secret), M a clock of 4 us ticks.
inline SeqNum initial_sequence_number(const SipKey& secret, const FourTuple& tuple, Instant now) {
  const auto m = static_cast<uint32_t>(now.ns / 4'000);
  return SeqNum(m + static_cast<uint32_t>(keyed_hash(secret, tuple)));
}

// The same, but above the last number of the tuple's last connection, by an amount that nobody can guess (RFC 6191 2).
template <typename Env>
SeqNum initial_sequence_number_above(SeqNum last, Env& env, const FourTuple& tuple) {
  const SeqNum iss = initial_sequence_number(env.secrets.sequence_numbers, tuple, env.now());
  if (iss > last) return iss;
  return last + SeqLen{static_cast<uint32_t>(env.context.random.below(1 << 16)) + 1};
}

// RFC 7323 5.4: the timestamp clock, ticks of 1 ms, shifted by an amount that only we know for each tuple (7.1).
inline uint32_t timestamp_offset(const SipKey& secret, const FourTuple& tuple) {
  return static_cast<uint32_t>(keyed_hash(secret, tuple) >> 32);
}
inline uint32_t timestamp_clock(Instant now) {
  return static_cast<uint32_t>(now.ns / 1'000'000);
}

}  // namespace sluice::tcp
