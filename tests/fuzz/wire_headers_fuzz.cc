// Ethernet, ARP, IPv4, IPv6 with its extensions, ICMP and neighbour discovery from any bytes: what a parser takes, it
// gives back unchanged through emit, and nothing it says points outside the input. Steering finds an owner for every
// frame.
#include <cstdint>
#include <cstdlib>

#include "base/flow_hash.h"
#include "net/steering.h"
#include "support/bytes.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ipv6_extensions.h"
#include "wire/neighbour_discovery.h"

namespace {

using namespace sluice;
using Input = std::span<const std::byte>;

void check(bool holds) {
  if (!holds) std::abort();
}

void ethernet(Input input) {
  const auto parsed = wire::parse_ethernet(input);
  if (!parsed) return;
  check(parsed->header_bytes <= input.size());
  test::Bytes out(wire::ethernet_header_bytes(parsed->header));
  wire::emit_ethernet(parsed->header, out);
  // A second tag, or one without a VLAN, is read as another thing when it stands first.
  if (parsed->header.type == wire::EtherType::kVlan) return;
  check(wire::parse_ethernet(out)->header == parsed->header);
}

void arp(Input input) {
  const auto packet = wire::parse_arp(input);
  if (!packet) return;
  test::Bytes out(wire::ArpPacket::kBytes);
  wire::emit_arp(*packet, out);
  check(wire::parse_arp(out) == packet);
}

void ipv4(Input input) {
  const auto quoted = wire::parse_quoted_ipv4(input);
  const auto parsed = wire::parse_ipv4(input);
  check(!parsed.ok() || (quoted && quoted->header == parsed->header && parsed->header.total_length <= input.size()));
  if (!quoted) return;
  check(quoted->header_bytes <= input.size() && quoted->header_bytes <= quoted->header.total_length);
  test::Bytes out(wire::Ipv4Header::kMinBytes);
  wire::emit_ipv4(quoted->header, true, out);
  check(wire::parse_quoted_ipv4(out)->header == quoted->header);
}

void ipv6(Input input) {
  const auto header = wire::parse_ipv6(input);
  if (!header) return;
  test::Bytes out(wire::Ipv6Header::kBytes + header->payload_length);
  wire::emit_ipv6(*header, out);
  check(wire::parse_ipv6(out) == header);
  check(wire::parse_quoted_ipv6(input) == header);
  const auto chain = wire::walk_extensions(*header, input);
  check(!chain.ok() || (chain->bytes <= input.size() && chain->named_at < chain->bytes));
  // Whoever gets through the walk finds the same message without its checks.
  const auto message = wire::find_icmpv6(*header, input);
  if (chain.ok() && !chain->fragment && chain->protocol == wire::IpProtocol::kIcmpV6) {
    check(message.data() == input.data() + chain->bytes);
  }
}

void discovery(Input input) {
  const wire::IpPair ends{IpAddress::parse("2001:db8::1").value(), IpAddress::parse("2001:db8::2").value()};
  if (const auto asked = wire::parse_neighbour_solicitation(input)) {
    test::Bytes out(wire::NeighbourSolicitation::kBytes + (asked->source_mac ? wire::kLinkAddressOptionBytes : 0));
    wire::emit_neighbour_solicitation(*asked, ends, out);
    check(wire::parse_neighbour_solicitation(out) == asked);
  }
  if (const auto said = wire::parse_neighbour_advertisement(input)) {
    test::Bytes out(wire::NeighbourAdvertisement::kBytes + (said->target_mac ? wire::kLinkAddressOptionBytes : 0));
    wire::emit_neighbour_advertisement(*said, ends, out);
    check(wire::parse_neighbour_advertisement(out) == said);
  }
  static_cast<void>(wire::parse_router_advertisement(input));
}

void icmp(Input input) {
  if (input.size() < wire::IcmpV4Header::kBytes) return check(!wire::parse_icmpv4(input));
  // With its checksum made right, every message is one, and its fields stand where they stood.
  test::Bytes message(input.begin(), input.end());
  const wire::IcmpV4Header header{.type = wire::IcmpV4Type{static_cast<uint8_t>(message[0])},
                                  .code = static_cast<uint8_t>(message[1]),
                                  .rest = static_cast<uint32_t>(message.size())};
  wire::emit_icmpv4(header, message);
  check(wire::parse_icmpv4(message) == header);
}

void icmpv6(Input input) {
  const wire::IpPair ends{IpAddress::parse("2001:db8::1").value(), IpAddress::parse("2001:db8::2").value()};
  if (input.size() < wire::IcmpV6Header::kBytes) {
    return check(!wire::parse_icmpv6(ends.source, ends.destination, input));
  }
  test::Bytes message(input.begin(), input.end());
  const wire::IcmpV6Header header{.type = wire::IcmpV6Type{static_cast<uint8_t>(message[0])},
                                  .code = static_cast<uint8_t>(message[1]),
                                  .rest = static_cast<uint32_t>(message.size())};
  wire::emit_icmpv6(ends.source, ends.destination, header, message);
  check(wire::parse_icmpv6(ends.source, ends.destination, message) == header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Input input = std::as_bytes(std::span(data, size));
  ethernet(input);
  arp(input);
  ipv4(input);
  ipv6(input);
  discovery(input);
  icmp(input);
  icmpv6(input);
  static const FlowOwners owners(3);
  for (const bool by_device : {false, true}) {
    const net::Steering steering{.owners = owners, .by_device = by_device};
    check(steering.owner_of(input, WorkerId{2}).value < 3);
  }
  return 0;
}
