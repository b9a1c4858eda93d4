// SEGMENT ARRIVES (RFC 9293 3.10.7) for a tuple that has a Connection.
//
// Called by the Stack for each segment whose checksum and header are right. What it has to answer at once it sends;
// everything else is sent at the end of the poll.
#pragma once

#include "tcp/connection.h"
#include "tcp/segment.h"

namespace sluice::tcp {

// The segment arrives in SYN-SENT (3.10.7.3).
void segment_arrives_in_syn_sent(Connection& c, Segment& s);

// The segment arrives in SYN-RECEIVED or a synchronized state (3.10.7.4).
void segment_arrives(Connection& c, Segment& s);

}  // namespace sluice::tcp
