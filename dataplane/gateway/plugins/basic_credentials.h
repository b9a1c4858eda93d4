// The value of Authorization or Proxy-Authorization in the scheme Basic (RFC 7617 2), read as Kong reads it.
#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"

namespace sluice::gateway {

struct BasicCredentials {
  std::string_view username;  // never empty
  std::string_view password;
};

// Nothing: another scheme, not base64, no user name, or no room. The scheme is written "Basic" or "basic"; what follows
// the padding of the base64 is not looked at. The views live in the arena.
std::optional<BasicCredentials> parse_basic_credentials(Arena& arena, std::string_view header);

}  // namespace sluice::gateway
