// The header fields that the gateway adds to every answer, with Kong's names and rules.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/context.h"

namespace sluice::gateway {

struct ResponseFields {
  std::string_view product;  // of Server, where the origin named none
  std::string_view via;      // what is appended to Via: "1.1 " and the product
  std::string_view date;     // where there is none; copied
};

// Of an answer for which an origin was tried: X-Kong-Upstream-Latency and X-Kong-Proxy-Latency (milliseconds), Via,
// Server and Date where there is none, X-Kong-Request-Id. Of a local one: X-Kong-Response-Latency, Server, Date and
// X-Kong-Request-Id. A text type without parameters gets a charset, as nginx gives it. False: out of memory.
[[nodiscard]] bool add_response_fields(const Context& context, const ResponseFields& fields, http::Response& response);

}  // namespace sluice::gateway
