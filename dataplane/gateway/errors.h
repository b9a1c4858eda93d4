// Errors: the answers that the gateway makes itself, with Kong's bodies.
//
// Used by the router, by plugins and by the exchange. Every function fills `http.answer` and returns kAnswer, so that a
// plugin ends with `return answer_error(…)`. Headers are added to those that `answer.head` already has: a plugin sets
// WWW-Authenticate before or after. When the arena is exhausted the body is left empty.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/request_context.h"

namespace sluice::gateway {

// Kong's message for a failure of our own (500).
inline constexpr std::string_view kInternalErrorMessage = "An unexpected error occurred";

// A body for errors, as it is chosen when the request has no Accept.
enum class Unasked : uint8_t {
  kJson,   // errors of the router and of plugins
  kPlain,  // errors below the plugins: 400, 405, 413 to 417, 431, 502, 504, …
};

// Kong's error body in the type that Accept asks for (json, html, xml, plain), with `message` escaped and the request's
// id: {"message":"…","request_id":"…"}.
http::Verdict answer_error(http::RequestContext& http, uint16_t status, std::string_view message,
                           Unasked unasked = Unasked::kJson);

// Kong's bare body {"message":"…"}, JSON whatever Accept says and without the request's id: jwt, request-termination,
// redirect. `message` is escaped.
http::Verdict answer_message(http::RequestContext& http, uint16_t status, std::string_view message);

// `json` as it stands, with Content-Type: application/json; charset=utf-8. It must live in the arena or the snapshot.
http::Verdict answer_json(http::RequestContext& http, uint16_t status, std::string_view json);

// A body as it stands. Both texts must live in the arena or the snapshot; an empty type sends no Content-Type.
http::Verdict answer_body(http::RequestContext& http, uint16_t status, std::string_view content_type,
                          std::string_view body);

// Kong's message for a status that is answered below the plugins ("Bad request", "Request entity too large", …).
std::string_view default_message(uint16_t status);

}  // namespace sluice::gateway
