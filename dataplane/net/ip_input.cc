#include "net/ip_input.h"

#include <utility>

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
  }
  return Counter::kInternalError;
}

}  // namespace

void IpInput::on_packet(PortIndex port, bool to_group, Packet packet) {
  const auto parsed = wire::parse_ipv4(packet.bytes());
  if (!parsed) return context_.count(counter_of(parsed.error()));
  const wire::Ipv4Header& ip = parsed->header;
  if (!is_for_us(port, to_group, ip)) return;
  if (ip.is_fragment()) return context_.count(Counter::kNetFragment);
  packet.trim_back(packet.size() - ip.total_length);
  deliver(*parsed, std::move(packet));
}

// RFC 1122 3.2.1.3, 3.3.6: no valid source, no answer; nothing here listens to groups.
bool IpInput::is_for_us(PortIndex port, bool to_group, const wire::Ipv4Header& ip) const {
  if (local_.is_martian(port, ip.source)) {
    context_.count(Counter::kNetMartianSource);
    return false;
  }
  if (to_group || local_.is_group(port, ip.destination)) {
    context_.count(Counter::kNetGroup);
    return false;
  }
  if (!local_.owns(port, ip.destination)) {
    context_.count(Counter::kNetNotOurs);
    return false;
  }
  return true;
}

void IpInput::deliver(const wire::ParsedIpv4& ip, Packet packet) {
  const wire::Ipv4Header& h = ip.header;
  switch (h.protocol) {
    case wire::IpProtocol::kTcp: {
      const bool verified = packet.transport_checksum_verified();
      packet.trim_front(ip.header_bytes);
      return transport_.on_segment(h.source, h.destination, std::move(packet), verified);
    }
    case wire::IpProtocol::kIcmp:
      packet.trim_front(ip.header_bytes);
      return icmp_.on_message(h, std::move(packet));
    case wire::IpProtocol::kUdp:  // RFC 1122 4.1.3.1: no port of UDP is open here
      context_.count(Counter::kNetUdpRefused);
      return icmp_.send_unreachable(h, packet, wire::UnreachableCode::kPort);
    default:  // RFC 1122 3.2.2.1
      context_.count(Counter::kNetUnknownProtocol);
      return icmp_.send_unreachable(h, packet, wire::UnreachableCode::kProtocol);
  }
}

}  // namespace sluice::net
