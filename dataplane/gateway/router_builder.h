// RouterBuilder: numbers what the routes of a policy ask for and fills a Router's tables. Control side, used once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/compile_error.h"
#include "gateway/header_rules.h"
#include "gateway/route_index.h"
#include "gateway/router.h"
#include "gateway/router_tables.h"

namespace sluice::gateway {

// Numbers texts from 0 on, the same text alike.
class Numbering {
 public:
  uint32_t of(std::string_view text) {
    const auto [entry, added] = numbers_.try_emplace(std::string(text), size());
    if (added) texts_.push_back(entry->first);
    return entry->second;
  }
  uint32_t size() const { return static_cast<uint32_t>(texts_.size()); }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<std::string> texts_;  // by number
};

class RouterBuilder {
 public:
  // Bound on the combinations of host, path and header value or server name, over all routes.
  static constexpr size_t kMaxIndexEntries = size_t{1} << 22;

  explicit RouterBuilder(const policy::Policy& policy);
  Result<std::unique_ptr<const Router>, CompileErrors> build(match::ScratchPlan& plan,
                                                             match::DatabaseMemory* databases);

 private:
  // The parts of the keys of one variant.
  struct KeyParts {
    RouteShape shape;
    std::vector<uint32_t> hosts;
    std::vector<uint32_t> paths;
    std::vector<uint32_t> selectors;
  };

  void number_regexes();
  void number(const RouteVariant& variant);
  void count_header_rules();
  const std::vector<uint32_t>& rarest_condition(const RouteConditions& asked) const;
  KeyParts key_parts(uint32_t rank) const;
  void add_to_index();
  void compile_regexes(match::ScratchPlan& plan, match::DatabaseMemory* databases);
  void compile_header_rules(match::ScratchPlan& plan, match::DatabaseMemory* databases);
  const policy::Mark& where_asked(uint32_t header_rule) const;

  std::vector<RouteVariant> variants_;
  std::unique_ptr<RouterTables> tables_;
  Numbering hosts_;
  Numbering prefixes_;
  Numbering regexes_;
  Numbering methods_;
  Numbering server_names_;
  HeaderRules::Builder header_rules_;
  std::vector<std::vector<uint32_t>> hosts_of_;     // by rank
  std::vector<std::vector<uint32_t>> prefixes_of_;  // by rank
  std::vector<uint32_t> header_rule_uses_;          // by rule: how many variants ask for it
  CompileErrors errors_;
};

}  // namespace sluice::gateway
