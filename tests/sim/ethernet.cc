#include "sim/ethernet.h"

#include <algorithm>
#include <optional>

#include "wire/ecn.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"
#include "wire/ipv6_extensions.h"

namespace sluice::sim {

namespace {

using test::Bytes;
using wire::IpProtocol;
using wire::Ipv4Header;
using wire::Ipv6Header;

constexpr wire::MacAddress kRouterMac{{0x02, 0, 0, 0, 0, 0xfe}};
constexpr size_t kQuoteBytes = 64;

Bytes with_link_header(const wire::EthernetHeader& link, std::span<const std::byte> packet) {
  Bytes frame(wire::ethernet_header_bytes(link));
  wire::emit_ethernet(link, frame);
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

// `packet` with another header and `payload` behind it.
Bytes ipv4_piece(const Ipv4Header& header, std::span<const std::byte> payload) {
  Bytes piece(Ipv4Header::kMinBytes);
  wire::emit_ipv4(header, true, piece);
  piece.insert(piece.end(), payload.begin(), payload.end());
  return piece;
}

// What a router says to the sender of a packet that does not fit.
Bytes too_big_v4(const net::Glance& ip, std::span<const std::byte> quote, uint16_t mtu) {
  Bytes message(wire::IcmpV4Header::kBytes);
  message.insert(message.end(), quote.begin(), quote.end());
  wire::emit_icmpv4({.type = wire::IcmpV4Type::kDestinationUnreachable, .code = 4, .rest = mtu}, message);
  return ipv4_piece({.total_length = static_cast<uint16_t>(Ipv4Header::kMinBytes + message.size()),
                     .protocol = IpProtocol::kIcmp,
                     .source = ip.destination,
                     .destination = ip.source},
                    message);
}

Bytes too_big_v6(const net::Glance& ip, std::span<const std::byte> quote, uint16_t mtu) {
  Bytes packet(Ipv6Header::kBytes + wire::IcmpV6Header::kBytes);
  packet.insert(packet.end(), quote.begin(), quote.end());
  const auto message = std::span(packet).subspan(Ipv6Header::kBytes);
  wire::emit_icmpv6(ip.destination, ip.source, {.type = wire::IcmpV6Type::kPacketTooBig, .rest = mtu}, message);
  wire::emit_ipv6({.payload_length = static_cast<uint16_t>(message.size()),
                   .next_header = IpProtocol::kIcmpV6,
                   .source = ip.destination,
                   .destination = ip.source},
                  packet);
  return packet;
}

}  // namespace

void Ethernet::plug_in(test::TcpHost& host, const wire::MacAddress& mac) {
  sockets_.push_back({host, mac, Path(host.worker.clock, random_, settings_.path)});
}

void Ethernet::collect() {
  for (Socket& from : sockets_) {
    for (auto& sent = from.host.sent(); !sent.empty(); sent.pop_front()) send(from, std::move(sent.front().bytes));
  }
}

void Ethernet::send(Socket& from, Bytes frame) {
  if (cut_) return;
  const auto link = wire::parse_ethernet(frame);
  const auto packet = std::span(frame).subspan(link->header_bytes);
  const auto ip = net::glance_at(link->header.type, packet);
  if (ip && ip->protocol == IpProtocol::kTcp) return send_tcp(from, {link->header, packet, *ip});
  put(from.host.worker.clock.now() + settings_.path.delay, &from, std::move(frame));
}

void Ethernet::send_tcp(Socket& from, const IpFrame& frame) {
  if (!from.path.takes(frame.packet.size())) return complain(from, frame);
  if (from.path.chance(settings_.mark)) mark(frame);
  const size_t link_bytes = wire::ethernet_header_bytes(frame.link);
  for (Bytes& piece : cut(frame)) {
    const auto passage = from.path.loses() ? std::nullopt : from.path.pass(piece.size() - link_bytes, link_bytes);
    if (!passage) {
      ++figures_.lost;
      continue;
    }
    if (passage->twice) put(passage->arrives, &from, piece);
    // Broken by a machine on the way: on the wire the frame's own check sum would show it.
    if (const auto bit = passage->broken_bit) {
      ++figures_.lost;
      piece[link_bytes + *bit / 8] ^= static_cast<std::byte>(1 << *bit % 8);
    }
    put(passage->arrives, &from, std::move(piece));
  }
}

void Ethernet::complain(const Socket& to, const IpFrame& frame) {
  ++figures_.too_long;
  const auto quote = frame.packet.first(std::min(frame.packet.size(), kQuoteBytes));
  const auto tell = frame.ip.source.is_v4() ? too_big_v4 : too_big_v6;
  put(to.host.worker.clock.now() + settings_.path.delay * 2, nullptr,
      with_link_header({.destination = to.mac, .source = kRouterMac, .vlan = frame.link.vlan, .type = frame.link.type},
                       tell(frame.ip, quote, settings_.path.mtu)));
}

void Ethernet::mark(const IpFrame& frame) {
  constexpr auto kMark = static_cast<uint8_t>(wire::Ecn::kCongestion);
  const auto mark_header = [&](auto header, auto&& emit) {
    if (wire::ecn_of(header.traffic_class) == wire::Ecn::kNotCapable) return;
    header.traffic_class |= kMark;
    emit(header);
    ++figures_.marked;
  };
  if (frame.ip.source.is_v4()) {
    mark_header(wire::parse_ipv4(frame.packet)->header,
                [&](const Ipv4Header& header) { wire::emit_ipv4(header, true, frame.packet); });
  } else {
    mark_header(*wire::parse_ipv6(frame.packet),
                [&](const Ipv6Header& header) { wire::emit_ipv6(header, frame.packet); });
  }
}

// The frames that `frame` becomes: itself alone, if nothing is to be cut.
std::vector<Bytes> Ethernet::cut(const IpFrame& frame) {
  const size_t most = settings_.fragments_bytes;
  if (most == 0 || frame.packet.size() <= most) return {with_link_header(frame.link, frame.packet)};
  const bool v4 = frame.ip.source.is_v4();
  const size_t headers = v4 ? Ipv4Header::kMinBytes : Ipv6Header::kBytes + wire::Ipv6Fragment::kBytes;
  const size_t most_payload = (most - headers) / 8 * 8;
  const auto payload = frame.packet.subspan(v4 ? Ipv4Header::kMinBytes : Ipv6Header::kBytes);
  const uint16_t identification = ++last_identification_;
  std::vector<Bytes> pieces;
  for (size_t at = 0; at < payload.size(); at += most_payload) {
    const auto part = payload.subspan(at, std::min(most_payload, payload.size() - at));
    const bool more = at + part.size() < payload.size();
    ++figures_.fragments;
    if (v4) {
      Ipv4Header header = wire::parse_ipv4(frame.packet)->header;
      header.total_length = static_cast<uint16_t>(Ipv4Header::kMinBytes + part.size());
      header.identification = identification;
      header.dont_fragment = false;
      header.more_fragments = more;
      header.fragment_offset = static_cast<uint16_t>(at);
      pieces.push_back(with_link_header(frame.link, ipv4_piece(header, part)));
      continue;
    }
    Bytes packet(headers);
    Ipv6Header header = *wire::parse_ipv6(frame.packet);
    header.payload_length = static_cast<uint16_t>(wire::Ipv6Fragment::kBytes + part.size());
    header.next_header = IpProtocol::kFragment;
    wire::emit_ipv6(header, packet);
    wire::emit_ipv6_fragment({.offset = static_cast<uint16_t>(at), .more = more, .identification = identification},
                             IpProtocol::kTcp, std::span(packet).subspan(Ipv6Header::kBytes));
    packet.insert(packet.end(), part.begin(), part.end());
    pieces.push_back(with_link_header(frame.link, packet));
  }
  return pieces;
}

void Ethernet::deliver() {
  while (!waiting_.empty() && waiting_.begin()->first <= sockets_.front().host.worker.clock.now()) {
    const InTransit next = std::move(waiting_.extract(waiting_.begin()).mapped());
    const wire::MacAddress to = wire::parse_ethernet(next.frame)->header.destination;
    for (Socket& socket : sockets_) {
      if (&socket == next.from || (!to.is_group() && to != socket.mac)) continue;
      static_cast<void>(socket.host.receive(next.frame));  // without a packet for it, it is lost as in a NIC
    }
  }
}

}  // namespace sluice::sim
