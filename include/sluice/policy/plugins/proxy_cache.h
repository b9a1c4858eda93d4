// proxy-cache: answers are kept and given again to requests that are alike. Kong 3.9.1's fields and defaults.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

enum class CacheStrategy : uint8_t { kMemory };
constexpr std::array<std::string_view, 1> names_of(CacheStrategy) {
  return {"memory"};
}

enum class CachedMethod : uint8_t { kHead, kGet, kPost, kPatch, kPut };
constexpr std::array<std::string_view, 5> names_of(CachedMethod) {
  return {"HEAD", "GET", "POST", "PATCH", "PUT"};
}

struct ProxyCacheConfig {
  static constexpr PluginInfo kPlugin{.name = "proxy-cache", .priority = 100, .protocols = kAllProtocols};

  // Which of its own headers the client gets.
  struct ResponseHeaders {
    bool age = true;
    bool status = true;
    bool key = true;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("age", s.age, {.help = "tell how old the answer is"});
      visit("X-Cache-Status", s.status, {.help = "tell what came of the cache"});
      visit("X-Cache-Key", s.key, {.help = "tell the key"});
    }
  };

  // The name of one of the memories that Kong's nginx has, which Sluice has no use for.
  struct Memory {
    std::string dictionary_name = "kong_db_cache";

    bool is_there() const {
      constexpr std::string_view kNames[] = {"kong",
                                             "kong_locks",
                                             "kong_healthchecks",
                                             "kong_cluster_events",
                                             "kong_rate_limiting_counters",
                                             "kong_core_db_cache",
                                             "kong_core_db_cache_miss",
                                             "kong_db_cache",
                                             "kong_db_cache_miss",
                                             "kong_secrets",
                                             "kong_dns_cache",
                                             "prometheus_metrics"};
      return std::ranges::find(kNames, dictionary_name) != std::end(kNames);
    }

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("dictionary_name", s.dictionary_name,
            {.help = "a memory of Kong's nginx, accepted for compatibility; there is one", .not_null = true});
    }
  };

  std::vector<uint16_t> response_code{200, 301, 404};
  std::vector<CachedMethod> request_method{CachedMethod::kGet, CachedMethod::kHead};
  std::vector<std::string> content_type{"text/plain", "application/json"};
  uint32_t cache_ttl_s = 300;
  CacheStrategy strategy = CacheStrategy::kMemory;
  bool cache_control = false;
  bool ignore_uri_case = false;
  std::optional<uint32_t> storage_ttl_s;
  Memory memory;
  std::vector<std::string> vary_query_params;
  std::vector<std::string> vary_headers;
  ResponseHeaders response_headers;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit(
        "response_code", s.response_code,
        {.help = "statuses of answers that are kept", .not_null = true, .not_empty = true, .least = 100, .most = 900});
    visit("request_method", s.request_method, {.help = "methods of requests that are answered", .not_null = true});
    visit("content_type", s.content_type,
          {.help = "types of answers that are kept, with their parameters", .not_null = true});
    visit("cache_ttl", s.cache_ttl_s, {.help = "seconds that an answer is good for", .above = 0});
    visit("strategy", s.strategy, {.help = "where answers are kept", .required = true});
    visit("cache_control", s.cache_control, {.help = "obey Cache-Control of requests and answers", .not_null = true});
    visit("ignore_uri_case", s.ignore_uri_case, {.help = "paths are alike in any case"});
    visit("storage_ttl", s.storage_ttl_s,
          {.help = "seconds that an answer is kept, in place of what it is good for; 0: as long as there is room"});
    visit("memory", s.memory, {.help = "of strategy memory"});
    visit("vary_query_params", s.vary_query_params,
          {.help = "query arguments that requests must have in common; none: all", .empty_is_null = true});
    visit("vary_headers", s.vary_headers, {.help = "headers that requests must have in common", .empty_is_null = true});
    visit("response_headers", s.response_headers, {.help = "which of its headers the client gets"});
  }

  void check(Complaints& complaints) const {
    if (!memory.is_there()) complaints.entity("missing shared dict '" + memory.dictionary_name + "'");
  }
};

}  // namespace sluice::policy
