// Ipv6Bench: a NetBench whose links speak IPv6 too: 2001:db8::1/64 and fe80::1/64 on port 0, with a router at ::fe for
// 2001:db8:f::/48, and 2001:db8:1::1/64 on port 1.
#pragma once

#include <string_view>

#include "net/ipv6_addresses.h"
#include "support/net_bench.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"
#include "wire/neighbour_discovery.h"

namespace sluice::test {

inline IpAddress ip6(std::string_view text) {
  return *IpAddress::parse(text);
}
inline const IpAddress kOur6 = ip6("2001:db8::1");
inline const IpAddress kOurLocal = ip6("fe80::1");
inline const IpAddress kPeer6 = ip6("2001:db8::2");
inline const IpAddress kRouter6 = ip6("2001:db8::fe");
inline const IpAddress kFar6 = ip6("2001:db8:f::7");

inline net::Config two_ports_v6() {
  const auto address = [](const char* ip, const char* prefix) {
    return policy::InterfaceAddress{*IpAddress::parse(ip), *Cidr::parse(prefix)};
  };
  net::Config config = two_ports();
  config.links[0].addresses.push_back(address("2001:db8::1", "2001:db8::/64"));
  config.links[0].addresses.push_back(address("fe80::1", "fe80::/64"));
  config.links[1].addresses.push_back(address("2001:db8:1::1", "2001:db8:1::/64"));
  config.routes.push_back({*Cidr::parse("2001:db8:f::/48"), kRouter6, {}});
  return config;
}

struct SentIpv6 {
  SentFrame frame;
  wire::Ipv6Header ip;
  std::span<const std::byte> body() const { return std::span(frame.payload).subspan(wire::Ipv6Header::kBytes); }
  // REQUIRES: an ICMPv6 message with a right checksum.
  wire::IcmpV6Header icmp() const { return *wire::parse_icmpv6(ip.source, ip.destination, body()); }
};

class Ipv6Bench : public NetBench {
 public:
  explicit Ipv6Bench(net::Config config = two_ports_v6(), WorkerId id = WorkerId{0}, uint32_t packets = 4096)
      : NetBench(std::move(config), id, packets) {}

  // --- the peer's side
  static wire::Ipv6Header from_peer6(wire::IpProtocol next = wire::IpProtocol::kTcp) {
    return {.next_header = next, .source = kPeer6, .destination = kOur6};
  }
  // header.payload_length 0: as long as the payload makes it.
  static Bytes ipv6_bytes(wire::Ipv6Header header, std::span<const std::byte> payload) {
    if (header.payload_length == 0) header.payload_length = static_cast<uint16_t>(payload.size());
    Bytes bytes(wire::Ipv6Header::kBytes);
    wire::emit_ipv6(header, bytes);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }
  void ipv6(const wire::Ipv6Header& header, std::span<const std::byte> payload, wire::MacAddress to = kOurMac) {
    ethernet(wire::EtherType::kIpv6, ipv6_bytes(header, payload), to);
  }
  static Bytes udp6_bytes(std::string_view text) { return udp_bytes(kPeer6, kOur6, from_text(text)); }
  void icmpv6(const wire::IcmpV6Header& icmp, std::span<const std::byte> body) {
    Bytes message(wire::IcmpV6Header::kBytes);
    message.insert(message.end(), body.begin(), body.end());
    wire::emit_icmpv6(kPeer6, kOur6, icmp, message);
    ipv6(from_peer6(wire::IpProtocol::kIcmpV6), message);
  }

  struct Discovery {
    IpAddress source = kPeer6;
    IpAddress destination = kOur6;
    uint8_t hop_limit = 255;
    wire::MacAddress link_source = kPeerMac;
  };
  void solicit(const wire::NeighbourSolicitation& asked, const Discovery& how) {
    Bytes message(wire::NeighbourSolicitation::kBytes + (asked.source_mac ? wire::kLinkAddressOptionBytes : 0));
    wire::emit_neighbour_solicitation(asked, {how.source, how.destination}, message);
    discovery(message, how);
  }
  void solicit(IpAddress target = kOur6) { solicit({target, kPeerMac}, {.destination = net::solicited_node(target)}); }
  void advertise(const wire::NeighbourAdvertisement& said, const Discovery& how) {
    Bytes message(wire::NeighbourAdvertisement::kBytes + (said.target_mac ? wire::kLinkAddressOptionBytes : 0));
    wire::emit_neighbour_advertisement(said, {how.source, how.destination}, message);
    discovery(message, how);
  }
  void answer(IpAddress target = kPeer6, wire::MacAddress mac = kPeerMac) {
    advertise({.solicited = true, .override = true, .target = target, .target_mac = mac}, {});
  }
  void advertise_router(uint16_t lifetime_s, const Discovery& how) {
    Bytes message(wire::RouterAdvertisement::kBytes);
    wire::emit_icmpv6(how.source, how.destination, {.type = wire::IcmpV6Type::kRouterAdvertisement, .rest = lifetime_s},
                      message);
    discovery(message, how);
  }
  void discovery(std::span<const std::byte> message, const Discovery& how) {
    const bool group = net::is_ipv6_group(how.destination);
    const wire::EthernetHeader link{.destination = group ? net::group_mac(how.destination) : kOurMac,
                                    .source = how.link_source,
                                    .type = wire::EtherType::kIpv6};
    Bytes bytes(wire::EthernetHeader::kBytes);
    wire::emit_ethernet(link, bytes);
    const Bytes packet = ipv6_bytes({.next_header = wire::IpProtocol::kIcmpV6,
                                     .hop_limit = how.hop_limit,
                                     .source = how.source,
                                     .destination = how.destination},
                                    message);
    bytes.insert(bytes.end(), packet.begin(), packet.end());
    frame(bytes);
  }

  // --- our transports' side
  void send6(std::string_view text, IpAddress destination = kPeer6) {
    stack.ip().send(wire::IpProtocol::kTcp, kOur6, destination, packet(from_text(text)));
  }

  // --- what came of it: what was sent over IPv6, dropping everything else
  std::vector<SentIpv6> take_sent6() {
    std::vector<SentIpv6> out;
    for (SentFrame& f : take_sent()) {
      if (f.link.type != wire::EtherType::kIpv6) continue;
      const wire::Ipv6Header ip = *wire::parse_ipv6(f.payload);
      out.push_back({std::move(f), ip});
    }
    return out;
  }
};

}  // namespace sluice::test
