// Parsers of HTTP/1.x message heads (RFC 9112 2 to 6), strict: what passes could be written as HTTP/1.1 as it is.
//
// Pure: the caller hands over a whole head (HeadReader), the result's views lie in it. Every refusal names its status,
// its counter and the rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"
#include "http/message_error.h"
#include "sluice/policy/node_limits.h"

namespace sluice::http {

// Parses a request's head, which ends with an empty line. None: `out` is complete; its views lie in `head`. After an
// error `out.method` is set if there was one.
[[nodiscard]] std::optional<MessageError> parse_request_head(std::string_view head, const policy::Limits& limits,
                                                             Request& out);

// What the response answers decides whether it has a body (RFC 9112 6.3).
enum class Answers : uint8_t { kHead, kOther };

[[nodiscard]] std::optional<MessageError> parse_response_head(std::string_view head, uint16_t most_headers,
                                                              Answers answers, Response& out);

// Parses the field lines of a trailer section, which ends with an empty line, into `out`; fields that may not stand in
// trailers (RFC 9110 6.5.1) are left out.
[[nodiscard]] std::optional<MessageError> parse_trailers(std::string_view section, uint16_t most_fields,
                                                         HeaderMap& out);

// True when a comma-separated list of tokens, over all fields of that name, has `token` (RFC 9110 5.6.1).
bool has_token(const HeaderMap& headers, std::string_view name, std::string_view token);

}  // namespace sluice::http
