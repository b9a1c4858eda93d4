// response-ratelimiting: the origin says in a header of its answer how much of which limits a request has used.
// Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/counter_policy.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/policy/plugins/window_limits.h"

namespace sluice::policy {

enum class ResponseLimitBy : uint8_t { kConsumer, kCredential, kIp };
constexpr std::array<std::string_view, 3> names_of(ResponseLimitBy) {
  return {"consumer", "credential", "ip"};
}

struct ResponseRatelimitingConfig {
  static constexpr PluginInfo kPlugin{.name = "response-ratelimiting", .priority = 900};

  struct Limit {
    WindowLimits windows;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit_windows(s.windows, visit, "how much of it in this window");
    }

    void check(Complaints& complaints) const { check_windows(windows, complaints, "the", ""); }
  };

  std::vector<NamedRecord<Limit>> limits;
  std::string header_name = "x-kong-limit";
  ResponseLimitBy limit_by = ResponseLimitBy::kConsumer;
  CounterPolicy policy = CounterPolicy::kLocal;
  bool fault_tolerant = true;
  RedisConfig redis;
  bool block_on_first_violation = false;
  bool hide_client_headers = false;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("limits", s.limits,
          {.help = "limits by the names that the origin uses",
           .text = TextKind::kToken,
           .required = true,
           .not_empty = true});
    visit("header_name", s.header_name, {.help = "the origin's header", .text = TextKind::kHeaderName});
    visit("limit_by", s.limit_by, {.help = "whose use is counted together"});
    visit("policy", s.policy, {.help = "where the counters live: local is this machine, redis all that share one"});
    visit("fault_tolerant", s.fault_tolerant,
          {.help = "let requests pass while the counters cannot be reached", .not_null = true});
    visit("redis", s.redis, {.help = "the store of policy: redis"});
    visit_flat_redis(s.redis, visit);
    visit("block_on_first_violation", s.block_on_first_violation,
          {.help = "refuse requests as long as any limit is used up", .not_null = true});
    visit("hide_client_headers", s.hide_client_headers,
          {.help = "do not tell the client its limits", .not_null = true});
  }

  void check(Complaints& complaints) const { check_counter_policy(policy, redis, complaints); }
};

}  // namespace sluice::policy
