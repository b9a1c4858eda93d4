// rate-limiting: so many requests a calendar window. Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/counter_policy.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/policy/plugins/window_limits.h"

namespace sluice::policy {

enum class LimitBy : uint8_t { kConsumer, kCredential, kIp, kService, kHeader, kPath };
constexpr std::array<std::string_view, 6> names_of(LimitBy) {
  return {"consumer", "credential", "ip", "service", "header", "path"};
}

struct RateLimitingConfig {
  static constexpr PluginInfo kPlugin{.name = "rate-limiting", .priority = 910};

  // Requests in one window; at least one is set; they never shrink as windows grow.
  WindowLimits limits;
  LimitBy limit_by = LimitBy::kConsumer;
  std::optional<std::string> header_name;  // of limit_by: header
  std::optional<std::string> path;         // of limit_by: path
  CounterPolicy policy = CounterPolicy::kLocal;
  bool fault_tolerant = true;
  RedisConfig redis;
  bool hide_client_headers = false;
  double error_code = 429;  // one that is no error's makes refusals 500, as in Kong
  std::string error_message = "API rate limit exceeded";
  double sync_rate = -1;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit_windows(s.limits, visit, "requests in this window");
    visit("limit_by", s.limit_by, {.help = "whose requests are counted together"});
    visit("header_name", s.header_name, {.help = "the header of limit_by: header", .text = TextKind::kHeaderName});
    visit("path", s.path, {.help = "the path of limit_by: path", .text = TextKind::kPath});
    visit("policy", s.policy, {.help = "where the counters live: local is this machine, redis all that share one"});
    visit("fault_tolerant", s.fault_tolerant,
          {.help = "let requests pass while the counters cannot be reached", .not_null = true});
    visit("redis", s.redis, {.help = "the store of policy: redis"});
    visit_flat_redis(s.redis, visit);
    visit("hide_client_headers", s.hide_client_headers,
          {.help = "do not tell the client its limits", .not_null = true});
    visit("error_code", s.error_code, {.help = "status of a refusal", .above = 0});
    visit("error_message", s.error_message, {.help = "message of a refusal"});
    visit("sync_rate", s.sync_rate,
          {.help = "seconds between two updates of the store, at most 1000000000; -1: at once",
           .not_null = true,
           .most = 1'000'000'000});
  }

  void check(Complaints& complaints) const {
    const bool ordered = check_windows(limits, complaints, "The", "config.");
    if (limit_by == LimitBy::kHeader && !header_name) required_by(complaints, "header_name", "limit_by");
    if (limit_by == LimitBy::kPath && !path) required_by(complaints, "path", "limit_by");
    if (ordered && policy == CounterPolicy::kLocal && sync_rate != -1) {
      complaints.field("", "sync_rate can only be used with the redis policy");
    }
    if (ordered && policy == CounterPolicy::kRedis && sync_rate != -1 && sync_rate < 0.02) {
      complaints.field("", "sync_rate must be greater than 0.02, or -1 to disable");
    }
    check_counter_policy(policy, redis, complaints);
  }

 private:
  static void required_by(Complaints& complaints, std::string_view field, std::string_view by) {
    complaints.field(field, "required field missing");
    complaints.entity("failed conditional validation given value of field 'config." + std::string(by) + "'");
  }
};

}  // namespace sluice::policy
