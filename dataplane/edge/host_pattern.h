// HostPattern: the host that a rule asks for: a name, or one with a wildcard first or last, and perhaps a port.
//
// Names compare without regard to case (RFC 9110 section 4.2.3); a dot at the end of a name changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/units.h"

namespace sluice::edge {

// host[:port] taken apart; the host in brackets for an IPv6 address, without a final dot.
struct Authority {
  std::string_view host;
  std::optional<Port> port;

  static Authority split(std::string_view authority);
};

class HostPattern {
 public:
  // "shop.example", "*.example", "shop.*", each with or without ":port". Validated by the loader.
  explicit HostPattern(std::string_view text);

  // default_port: that of the request's scheme, for an authority without one.
  bool matches(const Authority& authority, Port default_port) const;

 private:
  enum class Kind : uint8_t { kExact, kAnyFirst, kAnyLast };

  Kind kind_ = Kind::kExact;
  std::string name_;  // without the wildcard, with the dot beside it
  std::optional<Port> port_;
};

}  // namespace sluice::edge
