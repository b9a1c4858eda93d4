// LinkIndex: a link's place in net::Config::links. A port without VLANs is one link; each VLAN of a port is another.
#pragma once

#include <compare>
#include <cstdint>

namespace sluice::net {

struct LinkIndex {
  uint16_t value = 0;
  constexpr auto operator<=>(const LinkIndex&) const = default;
};

}  // namespace sluice::net
