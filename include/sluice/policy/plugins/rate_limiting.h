// rate-limiting: so many requests a calendar window. Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/policy/secret.h"
#include "sluice/units.h"

namespace sluice::policy {

enum class Window : uint8_t { kSecond, kMinute, kHour, kDay, kMonth, kYear };
constexpr std::array<std::string_view, 6> names_of(Window) {
  return {"second", "minute", "hour", "day", "month", "year"};
}

enum class LimitBy : uint8_t { kConsumer, kCredential, kIp, kService, kHeader, kPath };
constexpr std::array<std::string_view, 6> names_of(LimitBy) {
  return {"consumer", "credential", "ip", "service", "header", "path"};
}

enum class CounterPolicy : uint8_t { kLocal, kRedis };
constexpr std::array<std::string_view, 2> names_of(CounterPolicy) {
  return {"local", "redis"};
}

struct RedisConfig {
  std::optional<std::string> host;
  Port port{6379};
  std::optional<std::string> username;
  Secret password;
  uint32_t database = 0;
  Duration timeout = Duration::seconds(2);
  bool ssl = false;
  bool ssl_verify = false;
  std::optional<std::string> server_name;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("host", s.host, {.help = "the server", .text = TextKind::kHost});
    visit("port", s.port, {.help = "its port", .least = 0, .most = 65535});
    visit("username", s.username, {.help = "user"});
    visit("password", s.password, {.help = "password", .may_be_empty = true});
    visit("database", s.database, {.help = "database number"});
    visit("timeout", s.timeout,
          {.help = "limit of an operation, ms", .unit = Unit::kMilliseconds, .least = 0, .most = 2147483646});
    visit("ssl", s.ssl, {.help = "speak TLS"});
    visit("ssl_verify", s.ssl_verify, {.help = "verify the certificate"});
    visit("server_name", s.server_name, {.help = "TLS server name", .text = TextKind::kHost});
  }
};

struct RateLimitingConfig {
  static constexpr PluginInfo kPlugin{.name = "rate-limiting", .priority = 910};

  // Requests in one window, at index static_cast<size_t>(Window); at least one is set; they never shrink as windows
  // grow.
  std::array<std::optional<uint64_t>, 6> limits;
  LimitBy limit_by = LimitBy::kConsumer;
  std::optional<std::string> header_name;  // of limit_by: header
  std::optional<std::string> path;         // of limit_by: path
  CounterPolicy policy = CounterPolicy::kLocal;
  bool fault_tolerant = true;
  RedisConfig redis;
  bool hide_client_headers = false;
  uint16_t error_code = 429;
  std::string error_message = "API rate limit exceeded";
  double sync_rate = -1;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    for (size_t i = 0; i < s.limits.size(); ++i) {
      visit(to_text(static_cast<Window>(i)), s.limits[i], {.help = "requests in this window", .above = 0});
    }
    visit("limit_by", s.limit_by, {.help = "whose requests are counted together"});
    visit("header_name", s.header_name, {.help = "the header of limit_by: header", .text = TextKind::kHeaderName});
    visit("path", s.path, {.help = "the path of limit_by: path", .text = TextKind::kPath});
    visit("policy", s.policy, {.help = "where the counters live: local is this machine"});
    visit("fault_tolerant", s.fault_tolerant, {.help = "let requests pass while the counters cannot be reached"});
    visit("redis", s.redis, {.help = "the store of policy: redis"});
    visit("hide_client_headers", s.hide_client_headers, {.help = "do not tell the client its limits"});
    visit("error_code", s.error_code, {.help = "status of a refusal", .above = 0});
    visit("error_message", s.error_message, {.help = "message of a refusal"});
    visit("sync_rate", s.sync_rate, {.help = "seconds between two updates of the store; -1: at once"});
  }

  void check(Complaints& complaints) const {
    check_limits(complaints);
    if (limit_by == LimitBy::kHeader && !header_name) required_by(complaints, "header_name", "limit_by");
    if (limit_by == LimitBy::kPath && !path) required_by(complaints, "path", "limit_by");
    if (policy == CounterPolicy::kLocal && sync_rate != -1) {
      complaints.field("", "sync_rate can only be used with the redis policy");
    }
    if (policy == CounterPolicy::kRedis) {
      complaints.field("policy",
                       "'redis' is not supported yet; 'local' counts exactly over all workers of this machine");
    }
  }

 private:
  void check_limits(Complaints& complaints) const {
    std::optional<size_t> shorter;
    for (size_t i = 0; i < limits.size(); ++i) {
      if (!limits[i]) continue;
      if (shorter && *limits[i] < *limits[*shorter]) {
        complaints.field(
            "", "The limit for " + limit_text(i) + " cannot be lower than the limit for " + limit_text(*shorter));
      }
      shorter = i;
    }
    if (!shorter) {
      complaints.entity(
          "at least one of these fields must be non-empty: 'config.second', 'config.minute', 'config.hour', "
          "'config.day', 'config.month', 'config.year'");
    }
  }

  std::string limit_text(size_t window) const {
    return std::string(to_text(static_cast<Window>(window))) + "(" + std::to_string(*limits[window]) + ".0)";
  }

  static void required_by(Complaints& complaints, std::string_view field, std::string_view by) {
    complaints.field(field, "required field missing");
    complaints.entity("failed conditional validation given value of field 'config." + std::string(by) + "'");
  }
};

}  // namespace sluice::policy
