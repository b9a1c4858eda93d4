// What an ICMP error of either family tells the transport: the flow of the segment that it quotes.
//
// Pure.
#pragma once

#include <cstddef>
#include <span>

#include "net/transport_input.h"

namespace sluice::net {

// Fills in the flow of the TCP segment of ours that `quote` holds, from its IP header on; at least 8 bytes of TCP are
// quoted (RFC 792, RFC 4443 2.4), enough for ports and sequence number. False when it quotes anything else.
bool read_quoted_flow(std::span<const std::byte> quote, IcmpError& error);

}  // namespace sluice::net
