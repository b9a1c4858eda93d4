// http-log: JSON records, sent to an HTTP server. Kong 3.9.1's fields and defaults.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/endpoint_url.h"
#include "sluice/policy/plugins/log_fields.h"
#include "sluice/policy/plugins/log_queue.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/policy/secret.h"

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

  Secret http_endpoint;
  LogMethod method = LogMethod::kPost;
  LogContentType content_type = LogContentType::kJson;
  Duration timeout = Duration::seconds(10);
  Duration keepalive = Duration::seconds(60);
  std::vector<NamedSecret> headers;
  LogQueue queue;
  CustomFields custom_fields;
  // Of Kong before 3.4.
  std::optional<int64_t> retry_count;
  std::optional<int64_t> queue_size;
  std::optional<double> flush_timeout;

  // The queue, with what the older fields say of it: as with Kong, what was their default says nothing.
  LogQueue effective_queue() const {
    LogQueue effective = queue;
    if (queue_size && *queue_size != 1) effective.max_batch_size = clamped_batch(*queue_size);
    if (flush_timeout && *flush_timeout != 2) effective.max_coalescing_delay = clamped_delay(*flush_timeout);
    return effective;
  }

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("http_endpoint", s.http_endpoint, {.help = "where records are sent: http:// or https://", .required = true});
    visit("method", s.method, {.help = "how"});
    visit("content_type", s.content_type, {.help = "Content-Type of what is sent"});
    visit("timeout", s.timeout, {.help = "limit of a try, ms", .unit = Unit::kMilliseconds});
    visit("retry_count", s.retry_count, {.help = "older; as in Kong, queue.max_retry_time decides"});
    visit("queue_size", s.queue_size, {.help = "older name of queue.max_batch_size"});
    visit("flush_timeout", s.flush_timeout, {.help = "older name of queue.max_coalescing_delay"});
    visit("keepalive", s.keepalive, {.help = "how long a connection rests, ms", .unit = Unit::kMilliseconds});
    visit("headers", s.headers,
          {.help = "further headers",
           .text = TextKind::kHeaderName,
           .value = TextKind::kHeaderValue,
           .empty_is_null = true});
    visit("queue", s.queue, {.help = "how records wait"});
    visit("custom_fields_by_lua", s.custom_fields, kCustomFields);
  }

  void check(Complaints& complaints) const {
    check_custom_fields(custom_fields, complaints);
    if (const std::string_view problem = endpoint_problem(http_endpoint.reveal()); !problem.empty()) {
      complaints.field("http_endpoint", std::string(problem));
      return;
    }
    for (const std::string_view own : {"Host", "Content-Length", "Content-Type"}) {
      if (has_header(own)) complaints.field("headers", "cannot contain '" + std::string(own) + "' header");
    }
    if (has_header("Authorization") && has_user(http_endpoint.reveal())) {
      complaints.field("", "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed");
    }
  }

 private:
  bool has_header(std::string_view name) const {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::any_of(
        headers, [&](const NamedSecret& header) { return std::ranges::equal(header.name, name, {}, lower, lower); });
  }
};

}  // namespace sluice::policy
