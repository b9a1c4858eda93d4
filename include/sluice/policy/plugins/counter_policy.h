// Where the counters of the rate limiting plugins live.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/policy/field.h"
#include "sluice/policy/secret.h"
#include "sluice/units.h"

namespace sluice::policy {

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

// Complains about a policy that Sluice does not have.
inline void check_counter_policy(CounterPolicy policy, Complaints& complaints) {
  if (policy == CounterPolicy::kRedis) {
    complaints.field("policy", "'redis' is not supported yet; 'local' counts exactly over all workers of this machine");
  }
}

}  // namespace sluice::policy
