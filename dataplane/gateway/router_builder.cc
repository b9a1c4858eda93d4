#include "gateway/router_builder.h"

#include <algorithm>
#include <numeric>

namespace sluice::gateway {
namespace {

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lowered;
}

// The numbers of some texts, sorted, each once.
template <typename Texts, typename Number>
std::vector<uint32_t> numbers_of(const Texts& texts, Number&& number) {
  std::vector<uint32_t> numbers;
  for (const auto& text : texts) numbers.push_back(number(text));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

match::PrefixTrie make_trie(const Numbering& numbering) {
  std::vector<match::PrefixTrie::Entry> entries;
  for (uint32_t i = 0; i < numbering.size(); ++i) entries.emplace_back(numbering.texts()[i], i);
  return match::PrefixTrie(std::move(entries));
}

std::string server_name_of(std::string_view sni) {
  if (sni.size() > 1 && sni.ends_with('.')) sni.remove_suffix(1);
  return lower(sni);
}

}  // namespace

RouterBuilder::RouterBuilder(const policy::Policy& policy)
    : variants_(make_route_variants(policy)), tables_(std::make_unique<RouterTables>()) {
  number_regexes();
  for (const RouteVariant& variant : variants_) {
    number(variant);
    tables_->asks_for_paths |= variant.path_kind != PathKind::kNone;
  }
  count_header_rules();
}

// In the order of their texts: the same regexes are the same set, whatever else of their routes a reload changes, and
// are not compiled again (match/hyperscan_database.h).
void RouterBuilder::number_regexes() {
  std::vector<std::string_view> texts;
  for (const RouteVariant& variant : variants_) {
    if (variant.path_kind == PathKind::kRegex) texts.insert(texts.end(), variant.paths.begin(), variant.paths.end());
  }
  std::sort(texts.begin(), texts.end());
  for (std::string_view text : texts) regexes_.of(text);
}

void RouterBuilder::number(const RouteVariant& variant) {
  const policy::Route& route = *variant.route;
  RouteConditions asked;
  asked.methods = numbers_of(route.methods, [&](const std::string& method) { return methods_.of(method); });
  for (const policy::NamedValues& header : route.headers) {
    asked.headers.push_back(
        numbers_of(header.values, [&](const std::string& value) { return header_rules_.add(header.name, value); }));
  }
  asked.server_names =
      numbers_of(route.snis, [&](const std::string& sni) { return server_names_.of(server_name_of(sni)); });
  tables_->conditions.push_back(std::move(asked));
  hosts_of_.push_back(numbers_of(route.hosts, [&](const std::string& host) { return hosts_.of(lower(host)); }));
  auto& prefixes = prefixes_of_.emplace_back();
  auto& regexes = tables_->regex_places.emplace_back();
  for (std::string_view path : variant.paths) {
    if (variant.path_kind == PathKind::kRegex) {
      regexes.push_back(regexes_.of(path));
    } else {
      prefixes.push_back(prefixes_.of(path));
    }
  }
}

void RouterBuilder::count_header_rules() {
  header_rule_uses_.resize(header_rules_.size());
  for (const RouteConditions& asked : tables_->conditions) {
    for (const auto& rules : asked.headers) {
      for (uint32_t rule : rules) ++header_rule_uses_[rule];
    }
  }
}

// The header condition whose rules the fewest variants ask for: as a selector it leaves the least to look through.
const std::vector<uint32_t>& RouterBuilder::rarest_condition(const RouteConditions& asked) const {
  const auto uses = [&](const std::vector<uint32_t>& rules) {
    uint32_t most = 0;
    for (uint32_t rule : rules) most = std::max(most, header_rule_uses_[rule]);
    return most;
  };
  return *std::min_element(asked.headers.begin(), asked.headers.end(),
                           [&](const auto& a, const auto& b) { return uses(a) < uses(b); });
}

RouterBuilder::KeyParts RouterBuilder::key_parts(uint32_t rank) const {
  const RouteConditions& asked = tables_->conditions[rank];
  KeyParts parts;
  parts.shape.path = variants_[rank].path_kind;
  parts.shape.host = !hosts_of_[rank].empty();
  for (uint32_t host : hosts_of_[rank]) parts.hosts.push_back(RouterTables::host_key(host));
  for (uint32_t prefix : prefixes_of_[rank]) parts.paths.push_back(RouterTables::prefix_key(prefix));
  for (uint32_t place : tables_->regex_places[rank]) parts.paths.push_back(RouterTables::regex_key(place));
  if (!asked.headers.empty()) {
    parts.shape.selector = SelectorKind::kHeader;
    for (uint32_t rule : rarest_condition(asked)) parts.selectors.push_back(RouterTables::header_key(rule));
  } else if (!asked.server_names.empty()) {
    parts.shape.selector = SelectorKind::kServerName;
    for (uint32_t name : asked.server_names) parts.selectors.push_back(tables_->server_name_key(name));
    parts.selectors.push_back(tables_->any_server_name_key());
  }
  for (auto* numbers : {&parts.hosts, &parts.paths, &parts.selectors}) {
    if (numbers->empty()) numbers->push_back(0);
  }
  return parts;
}

void RouterBuilder::add_to_index() {
  RouteIndex::Builder index;
  for (uint32_t rank = 0; rank < variants_.size(); ++rank) {
    const KeyParts parts = key_parts(rank);
    if (index.size() + parts.hosts.size() * parts.paths.size() * parts.selectors.size() > kMaxIndexEntries) {
      errors_.push_back({variants_[rank].route->where,
                         {},
                         "the routes' combinations of hosts, paths and header values are "
                         "more than " +
                             std::to_string(kMaxIndexEntries)});
      return;
    }
    for (uint32_t host : parts.hosts) {
      for (uint32_t path : parts.paths) {
        for (uint32_t selector : parts.selectors) index.add(parts.shape, {host, path, selector}, rank);
      }
    }
  }
  tables_->index = std::move(index).build();
}

// The first route that asks for a header rule.
const policy::Mark& RouterBuilder::where_asked(uint32_t header_rule) const {
  const auto asks = [&](const RouteConditions& asked) {
    return std::ranges::any_of(asked.headers, [&](const std::vector<uint32_t>& rules) {
      return std::ranges::binary_search(rules, header_rule);
    });
  };
  const auto asked = std::ranges::find_if(tables_->conditions, asks);
  return variants_[static_cast<size_t>(asked - tables_->conditions.begin())].route->where;
}

void RouterBuilder::compile_regexes(match::ScratchPlan& plan, match::DatabaseMemory* databases) {
  RegexPaths& regexes = tables_->regexes;
  regexes.best_rank.assign(regexes_.size(), kNoRank);
  for (uint32_t rank = 0; rank < variants_.size(); ++rank) {
    for (uint32_t place : tables_->regex_places[rank]) {
      regexes.best_rank[place] = std::min(regexes.best_rank[place], rank);
      tables_->best_regex_rank = std::min(tables_->best_regex_rank, rank);
    }
  }
  auto set = match::RegexSet::compile(regexes_.texts(), match::Anchor::kStart, plan, databases);
  if (!set) {
    for (const auto& [place, reason] : set.error()) {
      errors_.push_back({variants_[regexes.best_rank[place]].route->where, "paths",
                         "path \"~" + regexes_.texts()[place] + "\": " + reason});
    }
    return;
  }
  regexes.set = std::move(set).value();
  regexes.set.order_by(regexes.best_rank);
}

void RouterBuilder::compile_header_rules(match::ScratchPlan& plan, match::DatabaseMemory* databases) {
  auto rules = header_rules_.compile(plan, databases);
  if (!rules) {
    for (const BrokenRule& broken : rules.error())
      errors_.push_back({where_asked(broken.rule), "headers", broken.message});
    return;
  }
  tables_->header_rules = std::move(rules).value();
}

Result<std::unique_ptr<const Router>, CompileErrors> RouterBuilder::build(match::ScratchPlan& plan,
                                                                          match::DatabaseMemory* databases) {
  tables_->header_rule_count = header_rules_.size();
  tables_->server_name_count = server_names_.size();
  add_to_index();
  compile_regexes(plan, databases);
  compile_header_rules(plan, databases);
  if (!errors_.empty()) return std::move(errors_);
  tables_->hosts = match::HostTable(hosts_.texts());
  tables_->prefixes = make_trie(prefixes_);
  tables_->methods = make_trie(methods_);
  tables_->server_names = make_trie(server_names_);
  return std::unique_ptr<const Router>(new Router(std::move(variants_), std::move(tables_)));
}

Result<std::unique_ptr<const Router>, CompileErrors> Router::compile(const policy::Policy& policy,
                                                                     match::ScratchPlan& plan,
                                                                     match::DatabaseMemory* databases) {
  return RouterBuilder(policy).build(plan, databases);
}

}  // namespace sluice::gateway
