// Path MTU discovery of a connection: RFC 1191, RFC 8201, and what to do when routers keep silent (RFC 4821, RFC
// 8899 4.3).
//
// Works on what all connections of a stack have learnt (path_mtus.h).
#pragma once

#include "tcp/connection.h"

namespace sluice::tcp {

// Takes over what has been learnt since, by this connection or another, or was forgotten. Before text is sent.
void follow_path_mtu(Connection& c);

// A router cannot pass on a packet in flight; mtu: what it can, in bytes. True when segments get smaller.
bool on_packet_too_big(Connection& c, uint16_t mtu);

// The retransmission timer has expired. When it does so again and again for full segments, larger packets may vanish on
// the way without a word: the next smaller size is tried.
void suspect_black_hole(Connection& c);

// The peer counts as dead: it was no black hole.
void forget_path_mtu(Connection& c);

}  // namespace sluice::tcp
