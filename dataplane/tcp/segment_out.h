// Everything a connection sends: new data, acknowledgements, retransmissions, probes, SYNs and resets.
//
// Called by a Connection's task (send_pending), by its timers and by segment_in. Each segment carries the current
// acknowledgement and window; one that finds no packet is lost as if on the wire, and the timers bring it again.
#pragma once

#include "tcp/connection.h"
#include "tcp/segment.h"

namespace sluice::tcp {

// At the end of a poll: what the windows allow of what is queued, then the acknowledgement that is still owed; sets the
// retransmission or persist timer.
void send_pending(Connection& c);

// The first unacknowledged segment as a window probe.
void send_head(Connection& c);
// The first of what is lost, whatever the congestion window says.
void send_first_lost(Connection& c);
// A tail loss probe; the retransmission timer begins anew (RFC 8985 7.3). False when no packet was to be had.
bool send_loss_probe(Connection& c, const SendPiece& piece);

// <SEQ><ACK><CTL=ACK> now.
void send_ack(Connection& c);
// The same in answer to a segment that may be forged, or that carries nothing and is not acceptable, as a keep-alive
// probe is: as often as this worker's limit allows, and twice a second on each connection even where somebody's flood
// on another has used it up (RFC 5961 7).
void send_challenge_ack(Connection& c);
// A segment before SND.UNA that makes a live peer answer (RFC 9293 3.8.4).
void send_keep_alive(Connection& c);

// SYN in SYN-SENT, SYN-ACK in SYN-RECEIVED.
void send_syn(Connection& c);
// <SEQ=SND.NXT><CTL=RST,ACK>: this side gives up.
void send_reset(Connection& c);

// The answer to a segment that belongs to no connection, if this worker's limit allows it (RFC 9293 3.10.7.1).
void send_reset_for(Environment& env, const FourTuple& tuple, const Segment& segment);

}  // namespace sluice::tcp
