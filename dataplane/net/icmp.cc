#include "net/icmp.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/icmp_error.h"

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

// RFC 1122 3.2.2: what is an error itself is never answered by one. packet: from its IP header on.
bool is_error(const wire::Ipv4Header& ip, std::span<const std::byte> packet) {
  const auto parsed = ip.protocol == wire::IpProtocol::kIcmp ? wire::parse_quoted_ipv4(packet) : std::nullopt;
  if (!parsed || packet.size() <= parsed->header_bytes) return false;
  return wire::IcmpV4Header{.type = wire::IcmpV4Type{static_cast<uint8_t>(packet[parsed->header_bytes])}}.is_error();
}

}  // namespace

Icmp::Icmp(WorkerContext& context, PacketPool& packets, const LocalAddresses& local, IpOutput& output,
           TransportInput& transport)
    : context_(context),
      packets_(packets),
      local_(local),
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

// The same identifier, sequence number and data go back, as far as they fit without fragmentation (RFC 1122 3.2.2.6),
// in the buffer that brought them.
void Icmp::answer_echo(const wire::Ipv4Header& ip, const wire::IcmpV4Header& icmp, Packet message) {
  const size_t most = output_.mtu_between(ip.destination, ip.source) - wire::Ipv4Header::kMinBytes;
  if (message.size() > most) message.trim_back(message.size() - most);
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
  if (calls_too_big_what_fits(error)) return context_.count(Counter::kNetIcmpNotTooBig);
  transport_.on_icmp_error(error);
}

void Icmp::send_unreachable(const wire::Ipv4Header& ip, const Packet& packet, wire::UnreachableCode code) {
  if (send_error(ip, packet, {.type = IcmpV4Type::kDestinationUnreachable, .code = static_cast<uint8_t>(code)})) {
    context_.count(Counter::kNetUnreachableSent);
  }
}

void Icmp::send_time_exceeded(const wire::Ipv4Header& ip, const Packet& packet) {
  if (send_error(ip, packet, {.type = IcmpV4Type::kTimeExceeded, .code = wire::kReassemblyTimeExceeded})) {
    context_.count(Counter::kNetTimeExceededSent);
  }
}

bool Icmp::send_error(const wire::Ipv4Header& ip, const Packet& packet, const wire::IcmpV4Header& icmp) {
  if (is_error(ip, packet.bytes())) return false;
  if (!errors_.try_take(context_.now())) {
    context_.count(Counter::kNetIcmpLimited);
    return false;
  }
  Packet error = packets_.try_allocate();
  if (!error) return false;
  const size_t quoted = std::min(packet.size(), kMaxQuoteBytes);
  const auto message = error.append(wire::IcmpV4Header::kBytes + quoted);
  std::memcpy(message.data() + wire::IcmpV4Header::kBytes, packet.bytes().data(), quoted);
  wire::emit_icmpv4(icmp, message);
  output_.send(wire::IpProtocol::kIcmp, ip.destination, ip.source, std::move(error));
  return true;
}

}  // namespace sluice::net
