#include "gateway/response_fields.h"

#include <algorithm>
#include <array>

#include "gateway/header_fields.h"
#include "gateway/text.h"

namespace sluice::gateway {
namespace {

// A latency in whole milliseconds.
bool set_latency(http::HeaderMap& headers, std::string_view name, Duration latency, Arena& arena) {
  const std::string_view text = to_decimal(arena, static_cast<uint64_t>(std::max<int64_t>(latency.ms(), 0)));
  return text.data() != nullptr && headers.set(name, text);
}

bool add_where_absent(http::HeaderMap& headers, std::string_view name, std::string_view value) {
  return headers.contains(name) || headers.add_copy(name, value);
}

// What nginx gives `charset=UTF-8` by default, as Kong runs it (all but 301 and 302).
bool takes_charset(std::string_view content_type) {
  constexpr std::array<std::string_view, 6> kTypes = {
      "text/html", "text/xml", "text/plain", "text/vnd.wap.wml", "application/javascript", "application/rss+xml"};
  return std::any_of(kTypes.begin(), kTypes.end(), [&](std::string_view t) { return http::iequals(t, content_type); });
}

bool add_charset(http::Response& response, Arena& arena) {
  const auto content_type = response.headers.find("Content-Type");
  const bool redirect = response.status == 301 || response.status == 302;
  if (!content_type || redirect || !takes_charset(*content_type)) return true;
  const std::string_view text = concat(arena, {*content_type, "; charset=UTF-8"});
  return text.data() != nullptr && response.headers.set("Content-Type", text);
}

}  // namespace

bool add_response_fields(const Context& context, const ResponseFields& fields, http::Response& response) {
  const http::RequestContext& http = context.http;
  http::HeaderMap& headers = response.headers;
  const Instant now = http.worker.now();
  bool added = add_where_absent(headers, "Date", fields.date) && add_charset(response, http.arena);
  if (context.proxied) {
    added = added && set_latency(headers, "X-Kong-Upstream-Latency", now - *context.proxied, http.arena) &&
            set_latency(headers, "X-Kong-Proxy-Latency", *context.proxied - http.started, http.arena) &&
            append_list(headers, "Via", fields.via, http.arena) && add_where_absent(headers, "Server", fields.product);
  } else {
    added = added && set_latency(headers, "X-Kong-Response-Latency", now - http.started, http.arena) &&
            headers.set("Server", fields.product);
  }
  return added && headers.set("X-Kong-Request-Id", http.request_id);
}

}  // namespace sluice::gateway
