// Where a request carries a token for the jwt plugin: query arguments, cookies, headers. Kong's rules.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/context.h"
#include "gateway/plugins/header_name.h"
#include "sluice/policy/plugins/jwt.h"

namespace sluice::gateway {

// What was found. The same token in several places counts once.
enum class TokensFound : uint8_t { kNone, kOne, kSeveral, kNotText, kNoMemory };

struct FoundToken {
  TokensFound found = TokensFound::kNone;
  std::string_view token;  // of kOne; in the request or in the arena
};

class JwtTokenPlaces {
 public:
  // REQUIRES: config outlives this.
  explicit JwtTokenPlaces(const policy::JwtConfig& config);

  FoundToken find(Context& context) const;

 private:
  const policy::JwtConfig& config_;
  std::vector<HeaderName> header_names_;
};

// What follows "Bearer" or "bearer" and white space, anywhere in the value; nothing when it is not there.
std::optional<std::string_view> bearer_token(std::string_view value);

}  // namespace sluice::gateway
