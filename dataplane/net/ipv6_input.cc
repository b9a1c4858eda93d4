#include "net/ipv6_input.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/ipv6_addresses.h"
#include "wire/udp.h"

namespace sluice::net {

namespace {

using Code = wire::ParameterProblem::Code;
using Fault = wire::Ipv6ChainFault;

constexpr uint32_t kPayloadLengthField = 4;
constexpr size_t kMaxPayload = 65535;

// As of the packet that the fragments of a datagram were cut from, without its extension headers before the cut.
void prepend_header(Datagram& whole) {
  whole.restore_header();
  wire::Ipv6Header header = *wire::parse_quoted_ipv6(whole.payload.bytes());
  whole.payload.trim_front(whole.header_bytes);
  header.traffic_class = whole.traffic_class;
  header.payload_length = static_cast<uint16_t>(whole.payload.size());
  header.next_header = whole.protocol;
  wire::emit_ipv6(header, whole.payload.prepend(wire::Ipv6Header::kBytes));
}

// The headers of a piece up to its own part of the datagram, or the first of them where a packet has no room for all.
std::span<const std::byte> headers_to_keep(const wire::Ipv6Chain& chain, const Packet& packet) {
  return packet.bytes().first(chain.bytes <= PacketPool::kHeadroom ? chain.bytes : wire::Ipv6Header::kBytes);
}

// Whether the first fragment holds the headers up to the transport's (RFC 7112 5): without them nobody can tell what
// the datagram is. A fragment of a fragment is none.
bool holds_all_headers(const wire::Ipv6Header& ip, const wire::Ipv6Chain& chain, std::span<const std::byte> piece) {
  constexpr size_t kLeastTransportBytes = 8;
  wire::Ipv6Header rest = ip;
  rest.next_header = chain.protocol;
  // The piece's own chain begins where a packet has its IPv6 header's end.
  std::array<std::byte, wire::Ipv6Header::kBytes + wire::Ipv6Chain::kMaxBytes + kLeastTransportBytes> packet{};
  const auto head = piece.first(std::min(piece.size(), packet.size() - wire::Ipv6Header::kBytes));
  std::copy(head.begin(), head.end(), packet.begin() + wire::Ipv6Header::kBytes);
  const auto whole = std::span(packet).first(wire::Ipv6Header::kBytes + head.size());
  const auto inner = wire::walk_extensions(rest, whole);
  return inner.ok() && !inner->fragment && whole.size() >= inner->bytes + kLeastTransportBytes;
}

}  // namespace

void Ipv6Input::on_packet(const Arrival& arrival, Packet packet) {
  const auto ip = wire::parse_ipv6(packet.bytes());
  if (!ip) return context_.count(Counter::kNetIpv6Malformed);
  if (!is_for_us(arrival, *ip)) return;
  packet.trim_back(packet.size() - wire::Ipv6Header::kBytes - ip->payload_length);
  const auto chain = wire::walk_extensions(*ip, packet.bytes());
  if (!chain) return on_fault(arrival.link, *ip, packet, chain.error());
  if (chain->fragment) return on_fragment(arrival.link, *ip, *chain, packet);
  deliver(arrival, *ip, *chain, std::move(packet));
}

// A node without an address yet asks whether it may have one (RFC 4862 5.4): the only packets from nobody. And a node
// that claims an address of ours says so from there (RFC 4862 5.4.4).
bool Ipv6Input::is_for_us(const Arrival& arrival, const wire::Ipv6Header& ip) const {
  const bool about_addresses = ip.next_header == wire::IpProtocol::kIcmpV6 &&
                               (ip.source.is_unspecified() || local_.owns(arrival.link, ip.source));
  if (!about_addresses && local_.is_martian(arrival.link, ip.source)) {
    context_.count(Counter::kNetMartianSource);
    return false;
  }
  const bool group = is_ipv6_group(ip.destination);
  if (group ? !local_.hears(arrival.link, ip.destination) : arrival.to_group) {
    context_.count(Counter::kNetGroup);
    return false;
  }
  if (!group && !local_.owns(arrival.link, ip.destination)) {
    context_.count(Counter::kNetNotOurs);
    return false;
  }
  return true;
}

void Ipv6Input::on_fault(LinkIndex link, const wire::Ipv6Header& ip, const Packet& packet, const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::kMalformed:
      return context_.count(Counter::kNetIpv6Malformed);
    case Fault::Kind::kTooLong:
      return context_.count(Counter::kNetIpv6ExtensionsTooLong);
    case Fault::Kind::kRefused:
      context_.count(Counter::kNetIpv6ExtensionRefused);
      if (fault.problem) refuse(link, ip, packet, *fault.problem);
      return;
  }
}

// Nobody is told in answer to what went to many, unless an option asks for it (RFC 4443 2.4 (e), RFC 8200 4.2).
void Ipv6Input::refuse(LinkIndex link, const wire::Ipv6Header& ip, const Packet& packet,
                       const wire::ParameterProblem& problem) {
  const bool to_group = is_ipv6_group(ip.destination) && !problem.of_groups_too;
  if (to_group || ip.source.is_unspecified()) return;
  icmp_.send_parameter_problem(link, ip, packet, problem);
}

void Ipv6Input::on_fragment(LinkIndex link, const wire::Ipv6Header& ip, const wire::Ipv6Chain& chain,
                            const Packet& packet) {
  const wire::Ipv6Fragment& fragment = *chain.fragment;
  const auto piece = packet.bytes().subspan(chain.bytes);
  if (is_ipv6_group(ip.destination)) return context_.count(Counter::kNetGroup);
  if (fragment.more && piece.size() % 8 != 0) {  // RFC 8200 4.5
    context_.count(Counter::kNetFragmentMalformed);
    return refuse(link, ip, packet, {Code::kErroneousField, kPayloadLengthField});
  }
  if (fragment.offset + piece.size() > kMaxPayload) {
    context_.count(Counter::kNetFragmentMalformed);
    return refuse(link, ip, packet, {Code::kErroneousField, static_cast<uint32_t>(chain.bytes - 6)});
  }
  if (fragment.offset == 0 && !holds_all_headers(ip, chain, piece)) {
    context_.count(Counter::kNetFragmentMalformed);
    return refuse(link, ip, packet, {Code::kIncompleteChain, 0});
  }
  const FragmentKey key{
      .link = link, .source = ip.source, .destination = ip.destination, .identification = fragment.identification};
  auto whole = reassembler_.add(key, {.offset = fragment.offset,
                                      .more = fragment.more,
                                      .traffic_class = ip.traffic_class,
                                      .protocol = chain.protocol,
                                      .header = headers_to_keep(chain, packet),
                                      .bytes = piece});
  if (!whole) return;
  prepend_header(*whole);
  links_.send_up(link, wire::EtherType::kIpv6, std::move(whole->payload));
}

void Ipv6Input::on_reassembly_timeout(Datagram first) {
  if (first.header_bytes == wire::Ipv6Header::kBytes) return;  // what is not whole cannot be quoted
  first.restore_header();
  icmp_.send_time_exceeded(*wire::parse_quoted_ipv6(first.payload.bytes()), first.payload);
}

void Ipv6Input::deliver(const Arrival& arrival, const wire::Ipv6Header& ip, const wire::Ipv6Chain& chain,
                        Packet packet) {
  const bool group = is_ipv6_group(ip.destination);
  if (chain.protocol == wire::IpProtocol::kIcmpV6) {
    packet.trim_front(chain.bytes);
    // RFC 6980 5: neighbour discovery behind a fragment header is not believed, even if nothing was cut.
    return icmp_.on_message(arrival, ip, chain.atomic_fragment ? nullptr : discovery_, std::move(packet));
  }
  if (group || ip.source.is_unspecified()) return context_.count(Counter::kNetGroup);
  switch (chain.protocol) {
    case wire::IpProtocol::kTcp: {
      const wire::SegmentMarks marks{.checksum_verified = packet.transport_checksum_verified(),
                                     .ecn = wire::ecn_of(ip.traffic_class)};
      packet.trim_front(chain.bytes);
      return transport_.on_segment(ip.source, ip.destination, std::move(packet), marks);
    }
    case wire::IpProtocol::kUdp:
      return refuse_udp(ip, chain, packet);
    case wire::IpProtocol::kNoNextHeader:  // RFC 8200 4.7: nothing is in it
      return context_.count(Counter::kNetUnknownProtocol);
    default:
      context_.count(Counter::kNetUnknownProtocol);
      return refuse(arrival.link, ip, packet, {Code::kUnknownNextHeader, chain.named_at});
  }
}

// No port of UDP is open here (RFC 4443 3.1).
void Ipv6Input::refuse_udp(const wire::Ipv6Header& ip, const wire::Ipv6Chain& chain, const Packet& packet) {
  const auto datagram = packet.bytes().subspan(chain.bytes);
  if (!wire::is_sound_udp(ip.source, ip.destination, datagram, packet.transport_checksum_verified())) {
    return context_.count(Counter::kNetUdpMalformed);
  }
  context_.count(Counter::kNetUdpRefused);
  icmp_.send_port_unreachable(ip, packet);
}

}  // namespace sluice::net
