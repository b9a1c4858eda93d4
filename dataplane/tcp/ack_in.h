// What an acknowledgement does to the sending side: RFC 9293 3.10.7.4, fifth step, with RFC 2018, 6298 and 8985.
#pragma once

#include "tcp/connection.h"
#include "tcp/segment.h"

namespace sluice::tcp {

// REQUIRES: a synchronized state, SEG.ACK in the range that RFC 5961 5.2 allows.
void take_acknowledgement(Connection& c, const Segment& s);

}  // namespace sluice::tcp
