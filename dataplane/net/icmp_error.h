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

// Whether the error says that a packet was too big which is no longer than the MTU that it names: no router says so
// (RFC 5927 7), but who forges one may not know what long packets of ours look like.
bool calls_too_big_what_fits(const IcmpError& error);

}  // namespace sluice::net
