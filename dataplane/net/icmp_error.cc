#include "net/icmp_error.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "wire/ipv4.h"
#include "wire/ipv6_extensions.h"

namespace sluice::net {

namespace {

bool read_tcp(std::span<const std::byte> bytes, const IpAddress& source, const IpAddress& destination,
              IcmpError& error) {
  ByteReader tcp(bytes);
  error.local = {source, Port{tcp.u16()}};
  error.remote = {destination, Port{tcp.u16()}};
  error.seq = tcp.u32();
  return tcp.ok();
}

bool read_ipv4(std::span<const std::byte> quote, IcmpError& error) {
  const auto ip = wire::parse_quoted_ipv4(quote);
  if (!ip || ip->header.protocol != wire::IpProtocol::kTcp || ip->header.fragment_offset != 0) return false;
  error.packet_bytes = ip->header.total_length;
  return read_tcp(quote.subspan(ip->header_bytes), ip->header.source, ip->header.destination, error);
}

bool read_ipv6(std::span<const std::byte> quote, IcmpError& error) {
  const auto ip = wire::parse_quoted_ipv6(quote);
  if (!ip) return false;
  const auto chain = wire::walk_extensions(*ip, quote);
  if (!chain.ok() || chain->protocol != wire::IpProtocol::kTcp || chain->fragment) return false;
  error.packet_bytes =
      static_cast<uint16_t>(std::min<size_t>(wire::Ipv6Header::kBytes + ip->payload_length, UINT16_MAX));
  return read_tcp(quote.subspan(chain->bytes), ip->source, ip->destination, error);
}

}  // namespace

bool read_quoted_flow(std::span<const std::byte> quote, IcmpError& error) {
  if (quote.empty()) return false;
  return static_cast<uint8_t>(quote[0]) >> 4 == 6 ? read_ipv6(quote, error) : read_ipv4(quote, error);
}

bool calls_too_big_what_fits(const IcmpError& error) {
  return error.kind == IcmpError::Kind::kFragmentationNeeded && error.packet_bytes <= error.next_hop_mtu;
}

}  // namespace sluice::net
