// The extension headers between the IPv6 header and the transport (RFC 8200 4): walked once, within bounds, and then
// stepped over. None is acted upon; an option or a route that asks for more than we do is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sluice/result.h"
#include "wire/ipv6.h"

namespace sluice::wire {

struct Ipv6Fragment {
  static constexpr size_t kBytes = 8;

  uint16_t offset = 0;  // bytes, a multiple of 8
  bool more = false;
  uint32_t identification = 0;

  // A whole datagram that merely says it could have been cut (RFC 6946).
  bool is_atomic() const { return offset == 0 && !more; }
  bool operator==(const Ipv6Fragment&) const = default;
};

// Writes the header in front of a piece of what `protocol` says. REQUIRES: `out` has kBytes.
void emit_ipv6_fragment(const Ipv6Fragment& fragment, IpProtocol protocol, std::span<std::byte> out);

struct Ipv6Chain {
  // Few headers, and short ones, are all that anybody needs on the way to a server (RFC 8504 5.3).
  static constexpr unsigned kMaxHeaders = 8;
  static constexpr size_t kMaxBytes = 256;

  IpProtocol protocol = IpProtocol::kNoNextHeader;  // of what stands behind the chain
  uint16_t bytes = Ipv6Header::kBytes;              // where that begins, counted from the IPv6 header on
  uint16_t named_at = 6;                            // where `protocol` was read
  bool atomic_fragment = false;                     // a fragment header was stepped over
  // The walk ended at a fragment header that is not atomic: behind it stands a piece of a datagram.
  std::optional<Ipv6Fragment> fragment;
};

// What an ICMPv6 parameter problem says (RFC 4443 3.4).
struct ParameterProblem {
  enum class Code : uint8_t { kErroneousField = 0, kUnknownNextHeader = 1, kUnknownOption = 2, kIncompleteChain = 3 };

  Code code = Code::kErroneousField;
  uint32_t pointer = 0;        // bytes from the IPv6 header on
  bool of_groups_too = false;  // told even if the packet went to a group
  bool operator==(const ParameterProblem&) const = default;
};

struct Ipv6ChainFault {
  enum class Kind : uint8_t {
    kMalformed,  // a header or an option runs past its end
    kTooLong,    // beyond the bounds of Ipv6Chain
    kRefused,    // a route with hops left, or an option that must be understood
  };
  Kind kind = Kind::kMalformed;
  std::optional<ParameterProblem> problem;  // what the sender is to be told
};

// Walks the chain of `packet`, which begins at the IPv6 header that `header` was parsed from; a quoted packet may be
// cut, then the chain has to be whole. Atomic fragment headers are stepped over.
Result<Ipv6Chain, Ipv6ChainFault> walk_extensions(const Ipv6Header& header, std::span<const std::byte> packet);

// The ICMPv6 message, or the first piece of one, that `packet` carries, whatever the options and routes before it say;
// empty when it carries none. For whoever has to know it of a packet that is refused.
std::span<const std::byte> find_icmpv6(const Ipv6Header& header, std::span<const std::byte> packet);

}  // namespace sluice::wire
