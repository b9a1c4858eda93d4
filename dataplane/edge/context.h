// Context: the edge stage's state of one exchange. Owned by the exchange, handed to each hook of Stage.
#pragma once

#include <optional>
#include <string_view>

#include "http/request_context.h"
#include "sluice/error.h"

namespace sluice::policy {
struct ResponseHeaders;
}
namespace sluice::token {
class Jws;
}

namespace sluice::edge {

// A rule that matched and has something to say about the answer; a list in the exchange's arena, in the order of rules.
struct PendingResponseHeaders {
  const policy::ResponseHeaders* headers;
  PendingResponseHeaders* next;
};

struct Context {
  explicit Context(http::RequestContext& h) : http(h) {}

  http::RequestContext& http;

  // The request's path as it now stands, normalised (http/url.h): what rules match and rewrite. Valid during
  // on_client_request.
  std::string_view path;
  // The token that the last `verify` accepted. Valid during on_client_request: it lives in the verified-token memory.
  const token::Jws* token = nullptr;

  PendingResponseHeaders* first_pending = nullptr;
  PendingResponseHeaders* last_pending = nullptr;

  // Why the edge refused the request, for the log; its counter has been counted.
  std::optional<Error> refusal;
};

}  // namespace sluice::edge
