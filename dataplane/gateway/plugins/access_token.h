// Where a request carries an OAuth 2.0 access token (RFC 6750 section 2): the Authorization field, the argument or the
// body's field access_token, in this order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/context.h"

namespace sluice::gateway {

struct AccessToken {
  enum class Place : uint8_t {
    kNowhere,
    kHeader,
    kQuery,
    kBody,
    kNoMemory,  // nobody knows
  };
  Place place = Place::kNowhere;
  std::string_view text;  // of a place: not empty; in the request or in the arena
};

// A value of Authorization counts when it is "Bearer" or "token", in any case, and one more word; what has the name
// several times does not count.
AccessToken find_access_token(Context& context);

// The longest body in which find_access_token() would look; 0: it needs none.
size_t body_for_access_token(const Context& context);

// Takes tokens away from every place, also those that did not count, so that the origin gets none; a body that was not
// read stays. False: out of memory.
[[nodiscard]] bool hide_access_tokens(Context& context);

}  // namespace sluice::gateway
