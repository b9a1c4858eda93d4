#include "net/icmpv6.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/icmp_error.h"
#include "net/ipv6_addresses.h"
#include "wire/icmpv4.h"

namespace sluice::net {

namespace {

// An error fits into every link's MTU, its own headers included (RFC 4443 2.4 (c)), and so does a piece of a reply: how
// much the path takes is learnt for TCP alone (RFC 8200 5).
constexpr size_t kMinMtu = 1280;
constexpr size_t kMaxQuoteBytes = kMinMtu - wire::Ipv6Header::kBytes - wire::IcmpV6Header::kBytes;
constexpr size_t kMaxPieceBytes = kMinMtu - wire::Ipv6Header::kBytes - wire::Ipv6Fragment::kBytes;
static_assert(kMaxPieceBytes % 8 == 0);

using Kind = IcmpError::Kind;
using wire::IcmpV6Type;
using wire::UnreachableCodeV6;

Kind kind_of_unreachable(uint8_t code) {
  switch (UnreachableCodeV6{code}) {
    case UnreachableCodeV6::kNoRoute:
      return Kind::kNetworkUnreachable;
    case UnreachableCodeV6::kAddress:
      return Kind::kHostUnreachable;
    case UnreachableCodeV6::kPort:
      return Kind::kPortUnreachable;
    case UnreachableCodeV6::kProhibited:
      return Kind::kProhibited;
  }
  return Kind::kProhibited;
}

// A parameter problem that names an unknown next header says what "protocol unreachable" says in IPv4.
std::optional<Kind> kind_of(const wire::IcmpV6Header& icmp) {
  switch (icmp.type) {
    case IcmpV6Type::kDestinationUnreachable:
      return kind_of_unreachable(icmp.code);
    case IcmpV6Type::kPacketTooBig:
      return Kind::kFragmentationNeeded;
    case IcmpV6Type::kTimeExceeded:
      return Kind::kTimeExceeded;
    case IcmpV6Type::kParameterProblem:
      return icmp.code == static_cast<uint8_t>(wire::ParameterProblem::Code::kUnknownNextHeader)
                 ? Kind::kProtocolUnreachable
                 : Kind::kParameterProblem;
    default:
      return std::nullopt;
  }
}

// RFC 4443 2.4 (e.1), (e.2): what is an error or a redirect itself is never answered by an error.
bool may_be_answered(const wire::Ipv6Header& ip, std::span<const std::byte> packet) {
  const auto message = wire::find_icmpv6(ip, packet);
  if (message.empty()) return true;
  const wire::IcmpV6Header icmp{.type = wire::IcmpV6Type{static_cast<uint8_t>(message[0])}};
  return !icmp.is_error() && icmp.type != IcmpV6Type::kRedirect;
}

}  // namespace

IcmpV6::IcmpV6(WorkerContext& context, PacketPool& packets, const LocalAddresses& local, IpOutput& output,
               TransportInput& transport)
    : context_(context),
      packets_(packets),
      local_(local),
      output_(output),
      transport_(transport),
      errors_(kErrorsPerSecond) {}

void IcmpV6::on_message(const Arrival& arrival, const wire::Ipv6Header& ip, NeighbourDiscovery* discovery,
                        Packet message) {
  const auto icmp = wire::parse_icmpv6(ip.source, ip.destination, message.bytes());
  if (!icmp) return context_.count(Counter::kNetIcmpMalformed);
  if (icmp->is_neighbour_discovery()) {
    if (discovery == nullptr) return context_.count(Counter::kNetNdIgnored);
    return discovery->on_message(arrival, ip, icmp->type, message);
  }
  // Only neighbour discovery speaks from an address that is not there yet or is ours.
  if (ip.source.is_unspecified() || local_.owns(ip.source)) return context_.count(Counter::kNetIcmpIgnored);
  if (icmp->type == IcmpV6Type::kEchoRequest) return answer_echo(arrival.link, ip, *icmp, std::move(message));
  if (icmp->is_error() && !is_ipv6_group(ip.destination))
    return on_error(*icmp, std::span(message.bytes()).subspan(wire::IcmpV6Header::kBytes));
  context_.count(Counter::kNetIcmpIgnored);
}

// The same identifier, sequence number and data go back, all of them (RFC 4443 4.2), in the buffer that brought them.
void IcmpV6::answer_echo(LinkIndex link, const wire::Ipv6Header& ip, const wire::IcmpV6Header& icmp, Packet message) {
  const auto source = answering_address(link, ip);
  if (!source) return context_.count(Counter::kNetNoRoute);
  wire::emit_icmpv6(*source, ip.source, {.type = IcmpV6Type::kEchoReply, .code = 0, .rest = icmp.rest},
                    message.bytes());
  context_.count(Counter::kNetEchoAnswered);
  const size_t most = output_.mtu_between(*source, ip.source) - wire::Ipv6Header::kBytes;
  if (message.size() > most) return send_in_pieces(*source, ip.source, message);
  output_.send(wire::IpProtocol::kIcmpV6, *source, ip.source, std::move(message));
}

// RFC 8200 4.5. Without a packet for one (counted by the pool) the others are of no use.
void IcmpV6::send_in_pieces(const IpAddress& source, const IpAddress& destination, const Packet& message) {
  const auto identification = static_cast<uint32_t>(context_.random.next());  // not to be guessed (RFC 7739)
  for (auto rest = message.bytes(); !rest.empty();) {
    Packet piece = packets_.try_allocate();
    if (!piece) return;
    const size_t size = std::min(rest.size(), kMaxPieceBytes);
    const wire::Ipv6Fragment header{.offset = static_cast<uint16_t>(message.size() - rest.size()),
                                    .more = size < rest.size(),
                                    .identification = identification};
    const auto out = piece.append(wire::Ipv6Fragment::kBytes + size);
    wire::emit_ipv6_fragment(header, wire::IpProtocol::kIcmpV6, out);
    std::memcpy(out.data() + wire::Ipv6Fragment::kBytes, rest.data(), size);
    output_.send(wire::IpProtocol::kFragment, source, destination, std::move(piece));
    rest = rest.subspan(size);
  }
}

void IcmpV6::on_error(const wire::IcmpV6Header& icmp, std::span<const std::byte> quote) {
  const auto kind = kind_of(icmp);
  if (!kind) return context_.count(Counter::kNetIcmpIgnored);
  IcmpError error{.kind = *kind};
  if (*kind == Kind::kFragmentationNeeded) error.next_hop_mtu = static_cast<uint16_t>(std::min(icmp.rest, 0xffffu));
  if (!read_quoted_flow(quote, error) || !local_.owns(error.local.address)) {
    return context_.count(Counter::kNetIcmpForeignQuote);
  }
  if (calls_too_big_what_fits(error)) return context_.count(Counter::kNetIcmpNotTooBig);
  transport_.on_icmp_error(error);
}

void IcmpV6::send_port_unreachable(const wire::Ipv6Header& ip, const Packet& packet) {
  if (send_error(
          ip.destination, ip, packet,
          {.type = IcmpV6Type::kDestinationUnreachable, .code = static_cast<uint8_t>(UnreachableCodeV6::kPort)})) {
    context_.count(Counter::kNetUnreachableSent);
  }
}

// RFC 4443 2.2: the address that was spoken to, or, where that is a group's, the one on the link that suits.
std::optional<IpAddress> IcmpV6::answering_address(LinkIndex link, const wire::Ipv6Header& ip) const {
  return is_ipv6_group(ip.destination) ? local_.source_for(link, ip.source) : std::optional(ip.destination);
}

void IcmpV6::send_parameter_problem(LinkIndex link, const wire::Ipv6Header& ip, const Packet& packet,
                                    const wire::ParameterProblem& problem) {
  const auto source = answering_address(link, ip);
  if (!source) return context_.count(Counter::kNetNoRoute);
  if (send_error(*source, ip, packet,
                 {.type = IcmpV6Type::kParameterProblem,
                  .code = static_cast<uint8_t>(problem.code),
                  .rest = problem.pointer})) {
    context_.count(Counter::kNetParameterProblemSent);
  }
}

void IcmpV6::send_time_exceeded(const wire::Ipv6Header& ip, const Packet& packet) {
  if (send_error(ip.destination, ip, packet,
                 {.type = IcmpV6Type::kTimeExceeded, .code = wire::kReassemblyTimeExceeded})) {
    context_.count(Counter::kNetTimeExceededSent);
  }
}

bool IcmpV6::send_error(const IpAddress& source, const wire::Ipv6Header& ip, const Packet& packet,
                        const wire::IcmpV6Header& icmp) {
  if (!may_be_answered(ip, packet.bytes())) return false;
  if (!errors_.try_take(context_.now())) {
    context_.count(Counter::kNetIcmpLimited);
    return false;
  }
  Packet error = packets_.try_allocate();
  if (!error) return false;
  const size_t quoted = std::min(packet.size(), kMaxQuoteBytes);
  const auto message = error.append(wire::IcmpV6Header::kBytes + quoted);
  std::memcpy(message.data() + wire::IcmpV6Header::kBytes, packet.bytes().data(), quoted);
  wire::emit_icmpv6(source, ip.source, icmp, message);
  output_.send(wire::IpProtocol::kIcmpV6, source, ip.source, std::move(error));
  return true;
}

}  // namespace sluice::net
