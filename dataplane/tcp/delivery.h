// Delivery: what one acknowledgement says has arrived that was not known to have: RFC 6937's DeliveredData and what
// RFC 8985 6.2 (steps 1 to 3) takes from it.
//
// Made by ack_in, filled by the Scoreboard, lowest numbers first, read by Rack and by the recovery.
#pragma once

#include <cstdint>
#include <optional>

#include "sluice/units.h"
#include "tcp/isn.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

struct Transmission;

struct Delivery {
  // Known before.
  Instant now;
  SeqNum fack;                        // one past the highest number known to have arrived
  Duration min_rtt{};                 // zero: unknown
  std::optional<uint32_t> echoed_ms;  // on our timestamp clock, when the peer echoed one

  // Found.
  uint32_t bytes = 0;
  bool reordered = false;          // what was sent once arrived below fack
  std::optional<SeqNum> original;  // the lowest that was sent once and arrived
  Duration original_rtt{};         // the round trip of the last of these; zero: none
  Duration rtt{};                  // of what was sent last; zero: none that can be trusted
  Instant newest_sent_at{};        // when that was sent
  SeqNum newest_end;

  void add(const Transmission& t);
};

}  // namespace sluice::tcp
