// http-log: JSON records, sent to an HTTP server. Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/log_queue.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

enum class LogMethod : uint8_t { kPost, kPut, kPatch };
constexpr std::array<std::string_view, 3> names_of(LogMethod) {
  return {"POST", "PUT", "PATCH"};
}

enum class LogContentType : uint8_t { kJson, kJsonUtf8 };
constexpr std::array<std::string_view, 2> names_of(LogContentType) {
  return {"application/json", "application/json; charset=utf-8"};
}

struct HttpLogConfig {
  static constexpr PluginInfo kPlugin{.name = "http-log", .priority = 12, .protocols = kAllProtocols};

  std::string http_endpoint;
  LogMethod method = LogMethod::kPost;
  LogContentType content_type = LogContentType::kJson;
  Duration timeout = Duration::seconds(10);
  Duration keepalive = Duration::seconds(60);
  std::vector<NamedValue> headers;
  LogQueue queue;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("http_endpoint", s.http_endpoint, {.help = "where records are sent: http:// or https://", .required = true});
    visit("method", s.method, {.help = "how"});
    visit("content_type", s.content_type, {.help = "Content-Type of what is sent"});
    visit("timeout", s.timeout, {.help = "limit of a try, ms", .unit = Unit::kMilliseconds});
    visit("retry_count", kUnsupported, {.help = "deprecated by Kong: use queue"});
    visit("queue_size", kUnsupported, {.help = "deprecated by Kong: use queue.max_batch_size"});
    visit("flush_timeout", kUnsupported, {.help = "deprecated by Kong: use queue.max_coalescing_delay"});
    visit("keepalive", s.keepalive, {.help = "how long a connection rests, ms", .unit = Unit::kMilliseconds});
    visit("headers", s.headers,
          {.help = "further headers",
           .text = TextKind::kHeaderName,
           .value = TextKind::kHeaderValue,
           .empty_is_null = true});
    visit("queue", s.queue, {.help = "how records wait"});
    visit("custom_fields_by_lua", kUnsupported, {.help = "Lua, which Sluice does not run"});
  }

  void check(Complaints& complaints) const {
    if (http_endpoint.starts_with("http://") || http_endpoint.starts_with("https://")) return;
    complaints.field("http_endpoint", "expected a URL that begins with http:// or https://");
  }
};

}  // namespace sluice::policy
