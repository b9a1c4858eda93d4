// RouterTables: what a Router looks things up in. Made by the RouterBuilder, known to these two alone.
//
// Everything that routes ask for has a number. In keys (RouteKey) the numbers begin with 1, as 0 stands for none.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/header_rules.h"
#include "gateway/route_index.h"
#include "match/host_table.h"
#include "match/prefix_trie.h"
#include "match/regex_set.h"

namespace sluice::gateway {

inline constexpr uint32_t kNoRank = UINT32_MAX;

// What a variant asks for beside its key. Numbers are sorted.
struct RouteConditions {
  std::vector<uint32_t> methods;               // any; empty: all
  std::vector<std::vector<uint32_t>> headers;  // rules: of each list any one
  std::vector<uint32_t> server_names;          // any; empty: all
};

// The regexes of paths. A place is the regex's number.
struct RegexPaths {
  match::RegexSet set;
  std::vector<uint32_t> best_rank;  // by place: of the variants that ask for the regex
};

struct RouterTables {
  match::HostTable hosts;
  match::PrefixTrie prefixes;
  RegexPaths regexes;
  HeaderRules header_rules;
  match::PrefixTrie methods;
  match::PrefixTrie server_names;
  uint32_t header_rule_count = 0;
  uint32_t server_name_count = 0;

  RouteIndex index;
  std::vector<RouteConditions> conditions;          // by rank
  std::vector<std::vector<uint32_t>> regex_places;  // by rank: of the variant's paths, in their order
  uint32_t best_regex_rank = kNoRank;
  bool asks_for_paths = false;  // some variant does

  static uint32_t host_key(uint32_t pattern) { return 1 + pattern; }
  static uint32_t prefix_key(uint32_t prefix) { return 1 + prefix; }
  static uint32_t regex_key(uint32_t place) { return 1u << 31 | place; }
  static uint32_t header_key(uint32_t rule) { return 1 + rule; }
  uint32_t server_name_key(uint32_t name) const { return 1 + header_rule_count + name; }
  // Stands for every server name: the client named none, or does not speak TLS (Kong then takes the rule as kept).
  uint32_t any_server_name_key() const { return 1 + header_rule_count + server_name_count; }
};

}  // namespace sluice::gateway
