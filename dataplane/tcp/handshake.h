// Handshake: what the SYNs of both sides settle: sequence numbers, MSS, window scaling, timestamps, SACK.
#pragma once

#include "tcp/connection.h"
#include "tcp/segment.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

// Below this an MSS would cost more in headers than it carries; a smaller one in a SYN counts as this. What the link
// takes goes before it.
inline constexpr uint16_t kSmallestMss = 88;

// The MSS that a peer's SYN asks for: its option, or the default of its address family (RFC 9293 3.7.1).
uint16_t peer_mss(const wire::TcpOptions& options, const IpAddress& remote);

// Takes over what the peer's SYN offered, as far as we offer it too. REQUIRES: the receiver is open.
void take_peer_options(Connection& c, const wire::TcpOptions& options);

// Sets the effective send MSS from the peer's MSS, the path MTU and the options each segment carries (RFC 9293 3.7.1,
// RFC 6691).
void refresh_mss(Connection& c);

// ESTABLISHED: the windows and the congestion control begin. `segment` ended the handshake.
void enter_established(Connection& c, const Segment& segment);

}  // namespace sluice::tcp
