#include "net/ip_input.h"

#include <utility>

#include "wire/udp.h"

namespace sluice::net {

namespace {

Counter counter_of(wire::Ipv4Fault fault) {
  switch (fault) {
    case wire::Ipv4Fault::kMalformed:
      return Counter::kNetIpv4Malformed;
    case wire::Ipv4Fault::kTruncated:
      return Counter::kNetIpv4Truncated;
    case wire::Ipv4Fault::kBadChecksum:
      return Counter::kNetIpv4BadChecksum;
    case wire::Ipv4Fault::kSourceRoute:
      return Counter::kNetIpv4SourceRoute;
  }
  return Counter::kInternalError;
}

// The header with which the first piece of a datagram came, which stands at the front of its payload again.
wire::ParsedIpv4 restore_header(Datagram& first) {
  first.restore_header();
  return *wire::parse_quoted_ipv4(first.payload.bytes());
}

// Puts a header in front of a datagram that was put together: as if it had never been cut, without options.
void prepend_header(Datagram& whole) {
  const wire::ParsedIpv4 first = restore_header(whole);
  whole.payload.trim_front(first.header_bytes);
  wire::Ipv4Header header = first.header;
  header.traffic_class = whole.traffic_class;
  header.total_length = static_cast<uint16_t>(wire::Ipv4Header::kMinBytes + whole.payload.size());
  header.more_fragments = false;
  wire::emit_ipv4(header, true, whole.payload.prepend(wire::Ipv4Header::kMinBytes));
}

}  // namespace

void IpInput::on_packet(const Arrival& arrival, Packet packet) {
  const auto parsed = wire::parse_ipv4(packet.bytes());
  if (!parsed) return context_.count(counter_of(parsed.error()));
  const wire::Ipv4Header& ip = parsed->header;
  if (!is_for_us(arrival, ip)) return;
  packet.trim_back(packet.size() - ip.total_length);
  if (ip.is_fragment()) return on_fragment(arrival.link, *parsed, packet);
  deliver(*parsed, std::move(packet));
}

// RFC 1122 3.2.1.3, 3.3.6: no valid source, no answer; nothing here listens to groups.
bool IpInput::is_for_us(const Arrival& arrival, const wire::Ipv4Header& ip) const {
  if (local_.is_martian(arrival.link, ip.source)) {
    context_.count(Counter::kNetMartianSource);
    return false;
  }
  if (arrival.to_group || local_.is_group(arrival.link, ip.destination)) {
    context_.count(Counter::kNetGroup);
    return false;
  }
  if (!local_.owns(arrival.link, ip.destination)) {
    context_.count(Counter::kNetNotOurs);
    return false;
  }
  return true;
}

void IpInput::on_fragment(LinkIndex link, const wire::ParsedIpv4& ip, const Packet& packet) {
  const wire::Ipv4Header& h = ip.header;
  const FragmentKey key{link, h.source, h.destination, h.identification, h.protocol};
  auto whole = reassembler_.add(key, {.offset = h.fragment_offset,
                                      .more = h.more_fragments,
                                      .traffic_class = h.traffic_class,
                                      .protocol = h.protocol,
                                      .header = packet.bytes().first(ip.header_bytes),
                                      .bytes = packet.bytes().subspan(ip.header_bytes)});
  if (!whole) return;
  prepend_header(*whole);
  links_.send_up(link, wire::EtherType::kIpv4, std::move(whole->payload));
}

void IpInput::on_reassembly_timeout(Datagram first) {
  const wire::ParsedIpv4 ip = restore_header(first);
  icmp_.send_time_exceeded(ip.header, first.payload);
}

void IpInput::deliver(const wire::ParsedIpv4& ip, Packet packet) {
  const wire::Ipv4Header& h = ip.header;
  switch (h.protocol) {
    case wire::IpProtocol::kTcp: {
      const wire::SegmentMarks marks{.checksum_verified = packet.transport_checksum_verified(),
                                     .ecn = wire::ecn_of(h.traffic_class)};
      packet.trim_front(ip.header_bytes);
      return transport_.on_segment(h.source, h.destination, std::move(packet), marks);
    }
    case wire::IpProtocol::kIcmp:
      packet.trim_front(ip.header_bytes);
      return icmp_.on_message(h, std::move(packet));
    case wire::IpProtocol::kUdp:
      return refuse_udp(ip, packet);
    default:  // RFC 1122 3.2.2.1
      context_.count(Counter::kNetUnknownProtocol);
      return icmp_.send_unreachable(h, packet, wire::UnreachableCode::kProtocol);
  }
}

// RFC 1122 4.1.3.1: no port of UDP is open here.
void IpInput::refuse_udp(const wire::ParsedIpv4& ip, const Packet& packet) {
  const wire::Ipv4Header& h = ip.header;
  const auto datagram = packet.bytes().subspan(ip.header_bytes);
  if (!wire::is_sound_udp(h.source, h.destination, datagram, packet.transport_checksum_verified())) {
    return context_.count(Counter::kNetUdpMalformed);
  }
  context_.count(Counter::kNetUdpRefused);
  icmp_.send_unreachable(h, packet, wire::UnreachableCode::kPort);
}

}  // namespace sluice::net
