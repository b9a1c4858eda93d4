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
  Secret username;
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

// The flat fields of Kong before 3.6, as releases up to 4.0 take them.
template <typename Redis, typename V>
void visit_flat_redis(Redis& redis, V& visit) {
  visit("redis_host", redis.host, {.help = "redis.host", .text = TextKind::kHost, .shorthand_of = "redis.host"});
  visit("redis_port", redis.port, {.help = "redis.port", .least = 0, .most = 65535, .shorthand_of = "redis.port"});
  visit("redis_username", redis.username, {.help = "redis.username", .shorthand_of = "redis.username"});
  visit("redis_password", redis.password,
        {.help = "redis.password", .may_be_empty = true, .shorthand_of = "redis.password"});
  visit("redis_database", redis.database, {.help = "redis.database", .shorthand_of = "redis.database"});
  visit("redis_timeout", redis.timeout,
        {.help = "redis.timeout",
         .unit = Unit::kMilliseconds,
         .least = 0,
         .most = 2147483646,
         .shorthand_of = "redis.timeout"});
  visit("redis_ssl", redis.ssl, {.help = "redis.ssl", .shorthand_of = "redis.ssl"});
  visit("redis_ssl_verify", redis.ssl_verify, {.help = "redis.ssl_verify", .shorthand_of = "redis.ssl_verify"});
  visit("redis_server_name", redis.server_name,
        {.help = "redis.server_name", .text = TextKind::kHost, .shorthand_of = "redis.server_name"});
}

// Complains about a store that is not told, or cannot be reached as it is told.
inline void check_counter_policy(CounterPolicy policy, const RedisConfig& redis, Complaints& complaints) {
  if (policy != CounterPolicy::kRedis) return;
  if (!redis.host) {
    complaints.field("redis.host", "required field missing");
    complaints.entity("failed conditional validation given value of field 'config.policy'");
  }
  if (redis.ssl) {
    complaints.field("redis.ssl", "there is no TLS to Redis: hiredis 0.14 lacks it; use a tunnel on this machine");
  }
}

}  // namespace sluice::policy
