#include "wire/ipv6_extensions.h"

#include "base/byte_reader.h"
#include "wire/bytes.h"

namespace sluice::wire {

namespace {

using Fault = Ipv6ChainFault;
using Code = ParameterProblem::Code;

constexpr uint8_t kPad1 = 0;
constexpr uint16_t kMoreFragments = 0x0001;
constexpr uint16_t kOffsetMask = 0xfff8;

// The two highest bits of an option's type: what a node does that does not know it (RFC 8200 4.2).
enum class UnknownOption : uint8_t { kSkip = 0, kDiscard = 1, kReport = 2, kReportUnlessMulticast = 3 };

// body: behind the two bytes of next header and length. at: where it begins, from the IPv6 header on.
std::optional<Fault> check_options(std::span<const std::byte> body, size_t at) {
  ByteReader options(body);
  while (options.left() > 0) {
    const size_t here = at + body.size() - options.left();
    const uint8_t type = options.u8();
    if (type == kPad1) continue;
    options.take(options.u8());
    if (!options.ok()) return Fault{Fault::Kind::kMalformed, {}};
    switch (UnknownOption{static_cast<uint8_t>(type >> 6)}) {
      case UnknownOption::kSkip:
        break;
      case UnknownOption::kDiscard:
        return Fault{Fault::Kind::kRefused, {}};
      case UnknownOption::kReport:
        return Fault{Fault::Kind::kRefused, ParameterProblem{Code::kUnknownOption, static_cast<uint32_t>(here), true}};
      case UnknownOption::kReportUnlessMulticast:
        return Fault{Fault::Kind::kRefused, ParameterProblem{Code::kUnknownOption, static_cast<uint32_t>(here)}};
    }
  }
  return std::nullopt;
}

// No route is followed, whatever its type (RFC 5095, RFC 8200 4.4); one that has ended is no matter any more.
std::optional<Fault> check_route(std::span<const std::byte> body, size_t at) {
  ByteReader route(body);
  route.u8();  // type
  const uint8_t segments_left = route.u8();
  if (segments_left == 0) return std::nullopt;
  return Fault{Fault::Kind::kRefused, ParameterProblem{Code::kErroneousField, static_cast<uint32_t>(at)}};
}

Ipv6Fragment read_fragment(std::span<const std::byte> body) {
  ByteReader reader(body);
  const uint16_t offset_and_more = reader.u16();
  return {.offset = static_cast<uint16_t>(offset_and_more & kOffsetMask),
          .more = (offset_and_more & kMoreFragments) != 0,
          .identification = reader.u32()};
}

// Hop-by-hop options stand first or are unknown (RFC 8200 4).
bool is_extension(IpProtocol protocol, bool first) {
  return protocol == IpProtocol::kRouting || protocol == IpProtocol::kFragment ||
         protocol == IpProtocol::kDestinationOptions || (protocol == IpProtocol::kHopByHopOptions && first);
}

struct Extension {
  IpProtocol next;
  size_t bytes;
  std::span<const std::byte> body;  // behind the two bytes of next header and length
};

// Nothing when it runs past its end.
std::optional<Extension> read_extension(IpProtocol kind, std::span<const std::byte> rest) {
  ByteReader reader(rest);
  const auto next = IpProtocol{reader.u8()};
  const uint8_t length = reader.u8();  // of a fragment header: reserved
  const size_t bytes = kind == IpProtocol::kFragment ? Ipv6Fragment::kBytes : (length + size_t{1}) * 8;
  const auto body = reader.take(bytes - 2);
  if (!reader.ok()) return std::nullopt;
  return Extension{next, bytes, body};
}

std::optional<Fault> check(IpProtocol kind, std::span<const std::byte> body, size_t at) {
  if (kind == IpProtocol::kFragment) return std::nullopt;
  return kind == IpProtocol::kRouting ? check_route(body, at) : check_options(body, at);
}

}  // namespace

void emit_ipv6_fragment(const Ipv6Fragment& fragment, IpProtocol protocol, std::span<std::byte> out) {
  out[0] = static_cast<std::byte>(protocol);
  out[1] = std::byte{0};
  store_u16(out.data() + 2, static_cast<uint16_t>(fragment.offset | (fragment.more ? kMoreFragments : 0)));
  store_u32(out.data() + 4, fragment.identification);
}

Result<Ipv6Chain, Ipv6ChainFault> walk_extensions(const Ipv6Header& header, std::span<const std::byte> packet) {
  Ipv6Chain chain{.protocol = header.next_header};
  for (unsigned n = 0; is_extension(chain.protocol, n == 0); ++n) {
    const size_t start = chain.bytes;
    if (n == Ipv6Chain::kMaxHeaders) return Fault{Fault::Kind::kTooLong, {}};
    const IpProtocol kind = chain.protocol;
    const auto extension = read_extension(kind, packet.subspan(start));
    if (!extension) return Fault{Fault::Kind::kMalformed, {}};
    const size_t end = start + extension->bytes;
    if (end - Ipv6Header::kBytes > Ipv6Chain::kMaxBytes) return Fault{Fault::Kind::kTooLong, {}};
    if (const auto fault = check(kind, extension->body, start + 2)) return *fault;
    chain.protocol = extension->next;
    chain.named_at = static_cast<uint16_t>(start);
    chain.bytes = static_cast<uint16_t>(end);
    if (kind != IpProtocol::kFragment) continue;
    const Ipv6Fragment fragment = read_fragment(extension->body);
    if (fragment.is_atomic()) {
      chain.atomic_fragment = true;
      continue;
    }
    chain.fragment = fragment;
    break;
  }
  return chain;
}

std::span<const std::byte> find_icmpv6(const Ipv6Header& header, std::span<const std::byte> packet) {
  IpProtocol protocol = header.next_header;
  auto rest = packet.subspan(Ipv6Header::kBytes);
  for (unsigned n = 0; n < Ipv6Chain::kMaxHeaders && is_extension(protocol, n == 0); ++n) {
    const auto extension = read_extension(protocol, rest);
    if (!extension) return {};
    if (protocol == IpProtocol::kFragment && read_fragment(extension->body).offset > 0) return {};
    protocol = extension->next;
    rest = rest.subspan(extension->bytes);
  }
  return protocol == IpProtocol::kIcmpV6 ? rest : std::span<const std::byte>{};
}

}  // namespace sluice::wire
