// Measures round trips: RFC 6298 3 (Karn), RFC 7323 4.1.
#pragma once

#include "tcp/connection.h"
#include "tcp/segment.h"

namespace sluice::tcp {

// Our SYN is acknowledged: a sample, unless it was sent more than once and nothing tells which was heard.
void measure_handshake(Connection& c, const Segment& s);

// A segment that acknowledges something new has arrived: takes a sample where it allows one. The timed segment gives
// the better one; after a retransmission an echo of that very transmission serves.
void measure_round_trip(Connection& c, const Segment& s);

}  // namespace sluice::tcp
