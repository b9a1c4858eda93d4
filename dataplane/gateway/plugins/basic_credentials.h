// The value of Authorization or Proxy-Authorization in the scheme Basic (RFC 7617 2), read as Kong reads it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "sluice/result.h"

namespace sluice::gateway {

struct BasicCredentials {
  std::string_view username;  // never empty
  std::string_view password;
};

enum class BasicFault : uint8_t {
  kNone,      // there are none: another scheme, not base64, or no user name
  kNoMemory,  // nobody knows
};

// The scheme is written "Basic" or "basic"; what follows the padding of the base64 is not looked at. The views live in
// the arena.
Result<BasicCredentials, BasicFault> parse_basic_credentials(Arena& arena, std::string_view header);

}  // namespace sluice::gateway
