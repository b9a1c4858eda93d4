#include "net/icmp.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/byte_reader.h"

namespace sluice::net {

namespace {

// An error is at most this long, its own headers included (RFC 1812 4.3.2.3).
constexpr size_t kMaxErrorBytes = 576;
constexpr size_t kMaxQuoteBytes = kMaxErrorBytes - wire::Ipv4Header::kMinBytes - wire::IcmpV4Header::kBytes;

using Kind = IcmpError::Kind;
using wire::IcmpV4Type;
using wire::UnreachableCode;

Kind kind_of_unreachable(uint8_t code) {
  switch (UnreachableCode{code}) {
    case UnreachableCode::kNetwork:
      return Kind::kNetworkUnreachable;
    case UnreachableCode::kHost:
      return Kind::kHostUnreachable;
    case UnreachableCode::kProtocol:
      return Kind::kProtocolUnreachable;
    case UnreachableCode::kPort:
      return Kind::kPortUnreachable;
    case UnreachableCode::kFragmentationNeeded:
      return Kind::kFragmentationNeeded;
  }
  return Kind::kProhibited;
}

// Source quench is deprecated (RFC 6633) and redirects are not followed: routes are the operator's.
std::optional<Kind> kind_of(const wire::IcmpV4Header& icmp) {
  switch (icmp.type) {
    case IcmpV4Type::kDestinationUnreachable:
      return kind_of_unreachable(icmp.code);
    case IcmpV4Type::kTimeExceeded:
      return Kind::kTimeExceeded;
    case IcmpV4Type::kParameterProblem:
      return Kind::kParameterProblem;
    default:
      return std::nullopt;
  }
}

// Fills in the flow of the TCP segment that `quote` holds from its IP header on; at least 8 bytes of TCP are quoted
// (RFC 792), enough for ports and sequence number.
bool read_quoted_flow(std::span<const std::byte> quote, IcmpError& error) {
  const auto ip = wire::parse_quoted_ipv4(quote);
  if (!ip || ip->header.protocol != wire::IpProtocol::kTcp || ip->header.fragment_offset != 0) return false;
  ByteReader tcp(quote.subspan(ip->header_bytes));
  error.local = {ip->header.source, Port{tcp.u16()}};
  error.remote = {ip->header.destination, Port{tcp.u16()}};
  error.seq = tcp.u32();
  return tcp.ok();
}

}  // namespace

Icmp::Icmp(WorkerContext& context, PacketPool& packets, const Config& config, IpOutput& output,
           TransportInput& transport)
    : context_(context),
      packets_(packets),
      local_(config),
      output_(output),
      transport_(transport),
      errors_(kErrorsPerSecond) {}

void Icmp::on_message(const wire::Ipv4Header& ip, Packet message) {
  const auto icmp = wire::parse_icmpv4(message.bytes());
  if (!icmp) return context_.count(Counter::kNetIcmpMalformed);
  if (icmp->type == IcmpV4Type::kEchoRequest) return answer_echo(ip, *icmp, std::move(message));
  if (icmp->is_error()) return on_error(*icmp, std::span(message.bytes()).subspan(wire::IcmpV4Header::kBytes));
  context_.count(Counter::kNetIcmpIgnored);
}

// The same identifier, sequence number and data go back (RFC 1122 3.2.2.6), in the buffer that brought them.
void Icmp::answer_echo(const wire::Ipv4Header& ip, const wire::IcmpV4Header& icmp, Packet message) {
  wire::emit_icmpv4({.type = IcmpV4Type::kEchoReply, .code = 0, .rest = icmp.rest}, message.bytes());
  context_.count(Counter::kNetEchoAnswered);
  output_.send(wire::IpProtocol::kIcmp, ip.destination, ip.source, std::move(message));
}

void Icmp::on_error(const wire::IcmpV4Header& icmp, std::span<const std::byte> quote) {
  const auto kind = kind_of(icmp);
  if (!kind) return context_.count(Counter::kNetIcmpIgnored);
  IcmpError error{.kind = *kind,
                  .next_hop_mtu = *kind == Kind::kFragmentationNeeded ? icmp.next_hop_mtu() : uint16_t{0}};
  if (!read_quoted_flow(quote, error) || !local_.owns(error.local.address)) {
    return context_.count(Counter::kNetIcmpForeignQuote);
  }
  transport_.on_icmp_error(error);
}

void Icmp::send_unreachable(const wire::Ipv4Header& ip, const Packet& packet, wire::UnreachableCode code) {
  if (!errors_.try_take(context_.now())) return context_.count(Counter::kNetIcmpLimited);
  Packet error = packets_.try_allocate();
  if (!error) return;
  const size_t quoted = std::min(packet.size(), kMaxQuoteBytes);
  const auto message = error.append(wire::IcmpV4Header::kBytes + quoted);
  std::memcpy(message.data() + wire::IcmpV4Header::kBytes, packet.bytes().data(), quoted);
  wire::emit_icmpv4({.type = IcmpV4Type::kDestinationUnreachable, .code = static_cast<uint8_t>(code)}, message);
  context_.count(Counter::kNetUnreachableSent);
  output_.send(wire::IpProtocol::kIcmp, ip.destination, ip.source, std::move(error));
}

void Icmp::on_unresolved(const Packet& packet) {
  IcmpError error{.kind = Kind::kHostUnreachable};
  if (read_quoted_flow(packet.bytes(), error)) transport_.on_icmp_error(error);
}

}  // namespace sluice::net
