// Frames as a host on the link makes them, for stack_frames_fuzz.cc: both families, right lengths and checksums.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "net/ipv6_addresses.h"
#include "support/bytes.h"
#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ipv6_extensions.h"
#include "wire/neighbour_discovery.h"
#include "wire/tcp_header.h"

namespace sluice::fuzz {

using test::Bytes;

// A host on the link.
struct Host {
  wire::MacAddress mac;
  IpAddress v4;
  IpAddress v6;

  const IpAddress& address(bool ipv6) const { return ipv6 ? v6 : v4; }
  bool has(const IpAddress& address) const { return address == v4 || address == v6; }
};

// The two ends of a packet, of one family.
using wire::IpPair;

// The VLAN of a frame, if any; 0: a tag that only carries a priority.
using Tag = std::optional<uint16_t>;

inline Bytes framed(const wire::MacAddress& from, const wire::MacAddress& to, wire::EtherType type,
                    std::span<const std::byte> payload, const Tag& tag) {
  const wire::EthernetHeader header{.destination = to, .source = from, .vlan = tag, .type = type};
  Bytes frame(wire::ethernet_header_bytes(header));
  wire::emit_ethernet(header, frame);
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

// An IPv4 packet, or a fragment of one.
inline Bytes ipv4_packet(wire::Ipv4Header header, std::span<const std::byte> payload) {
  header.total_length = static_cast<uint16_t>(wire::Ipv4Header::kMinBytes + payload.size());
  Bytes packet(wire::Ipv4Header::kMinBytes);
  wire::emit_ipv4(header, true, packet);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

inline Bytes ip_packet(const IpPair& ends, wire::IpProtocol protocol, std::span<const std::byte> payload,
                       uint8_t traffic_class = 0) {
  if (ends.source.is_v4()) {
    return ipv4_packet(
        {.traffic_class = traffic_class, .protocol = protocol, .source = ends.source, .destination = ends.destination},
        payload);
  }
  Bytes packet(wire::Ipv6Header::kBytes);
  wire::emit_ipv6({.traffic_class = traffic_class,
                   .payload_length = static_cast<uint16_t>(payload.size()),
                   .next_header = protocol,
                   .hop_limit = 255,  // what neighbour discovery wants
                   .source = ends.source,
                   .destination = ends.destination},
                  packet);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

// A piece of a packet. identification: the same for all pieces of one.
struct FragmentPlace {
  uint16_t identification = 0;
  uint16_t offset = 0;  // bytes, a multiple of 8
  bool more = false;
  uint8_t traffic_class = 0;
};
inline Bytes ip_fragment(const IpPair& ends, wire::IpProtocol protocol, const FragmentPlace& place,
                         std::span<const std::byte> piece) {
  if (ends.source.is_v4()) {
    return ipv4_packet({.traffic_class = place.traffic_class,
                        .identification = place.identification,
                        .more_fragments = place.more,
                        .fragment_offset = place.offset,
                        .protocol = protocol,
                        .source = ends.source,
                        .destination = ends.destination},
                       piece);
  }
  Bytes payload(wire::Ipv6Fragment::kBytes);
  payload[0] = static_cast<std::byte>(protocol);
  wire::store_u16(payload.data() + 2, static_cast<uint16_t>(place.offset | (place.more ? 1 : 0)));
  wire::store_u32(payload.data() + 4, place.identification);
  payload.insert(payload.end(), piece.begin(), piece.end());
  return ip_packet(ends, wire::IpProtocol::kFragment, payload, place.traffic_class);
}

// The same with options, whole words of them, in the header of an IPv4 packet that had none.
inline Bytes with_ipv4_options(const Bytes& packet, std::span<const std::byte> options) {
  Bytes out(packet.begin(), packet.begin() + wire::Ipv4Header::kMinBytes);
  out.insert(out.end(), options.begin(), options.end());
  const size_t header_bytes = out.size();
  out.insert(out.end(), packet.begin() + wire::Ipv4Header::kMinBytes, packet.end());
  out[0] = static_cast<std::byte>(0x40 + header_bytes / 4);
  wire::store_u16(out.data() + 2, static_cast<uint16_t>(out.size()));
  wire::store_u16(out.data() + 10, 0);
  wire::store_u16(out.data() + 10, wire::internet_checksum(std::span(out).first(header_bytes)));
  return out;
}

// The same behind an IPv6 header of options that say nothing.
inline Bytes behind_options(wire::IpProtocol protocol, std::span<const std::byte> payload) {
  Bytes bytes{static_cast<std::byte>(protocol), std::byte{0}, std::byte{1}, std::byte{4}};  // PadN
  bytes.resize(8);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

inline wire::EtherType type_of(const Bytes& ip_packet) {
  return std::to_integer<int>(ip_packet[0]) >> 4 == 4 ? wire::EtherType::kIpv4 : wire::EtherType::kIpv6;
}

// Makes a segment's checksum right, whatever else of it is not.
inline void finish_tcp(const IpPair& ends, Bytes& segment) {
  if (segment.size() < wire::TcpHeader::kMinBytes) return;
  wire::store_u16(segment.data() + wire::kTcpChecksumOffset, 0);
  auto sum = wire::pseudo_header_sum(ends.source, ends.destination, static_cast<uint8_t>(wire::IpProtocol::kTcp),
                                     static_cast<uint32_t>(segment.size()));
  sum.add(segment);
  wire::store_u16(segment.data() + wire::kTcpChecksumOffset, sum.checksum());
}

inline Bytes arp_packet(const wire::ArpPacket& arp) {
  Bytes packet(wire::ArpPacket::kBytes);
  wire::emit_arp(arp, packet);
  return packet;
}

inline Bytes neighbour_advertisement(const IpPair& ends, const wire::NeighbourAdvertisement& said) {
  Bytes message(wire::NeighbourAdvertisement::kBytes + (said.target_mac ? wire::kLinkAddressOptionBytes : 0));
  wire::emit_neighbour_advertisement(said, ends, message);
  return message;
}

inline Bytes neighbour_solicitation(const IpPair& ends, const wire::NeighbourSolicitation& asked) {
  Bytes message(wire::NeighbourSolicitation::kBytes + (asked.source_mac ? wire::kLinkAddressOptionBytes : 0));
  wire::emit_neighbour_solicitation(asked, ends, message);
  return message;
}

// An ICMP message of either family: header and `body`.
inline Bytes icmp_message(const IpPair& ends, uint8_t type, uint8_t code, uint32_t rest,
                          std::span<const std::byte> body) {
  Bytes message(wire::IcmpV4Header::kBytes);
  message.insert(message.end(), body.begin(), body.end());
  if (ends.source.is_v4()) {
    wire::emit_icmpv4({.type = wire::IcmpV4Type{type}, .code = code, .rest = rest}, message);
  } else {
    wire::emit_icmpv6(ends.source, ends.destination, {.type = wire::IcmpV6Type{type}, .code = code, .rest = rest},
                      message);
  }
  return message;
}

}  // namespace sluice::fuzz
