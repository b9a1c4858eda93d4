#include "gateway/router.h"

#include <algorithm>
#include <array>
#include <new>
#include <optional>

#include "gateway/router_tables.h"
#include "http/authority.h"

namespace sluice::gateway {
namespace {

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The number of a server name; names compare without regard to case and a dot at the end.
std::optional<uint32_t> find_server_name(const match::PrefixTrie& names, std::string_view sni) {
  std::array<char, 256> room;
  if (sni.ends_with('.')) sni.remove_suffix(1);
  if (sni.size() > room.size()) return std::nullopt;
  std::transform(sni.begin(), sni.end(), room.begin(), to_lower);
  return names.find({room.data(), sni.size()});
}

bool contains(std::span<const uint32_t> sorted, uint32_t number) {
  return std::binary_search(sorted.begin(), sorted.end(), number);
}

std::string_view name_of(const match::PcrePattern& pattern, uint32_t number) {
  for (const match::PcrePattern::Group& group : pattern.named_groups()) {
    if (group.number == number) return group.name;
  }
  return {};
}

// The groups that took part, by number; none for a regex without groups. False: out of memory.
bool take_captures(const match::PcrePattern& pattern, const match::Captures& found, Arena& arena,
                   std::span<const Capture>& captures) {
  if (found.size() <= 1) return true;
  const std::span<Capture> room = arena.try_array<Capture>(found.size());
  if (room.empty()) return false;
  size_t count = 0;
  for (uint32_t number = 0; number < found.size(); ++number) {
    const auto value = found[number];
    if (value) new (&room[count++]) Capture{name_of(pattern, number), static_cast<uint8_t>(number), *value};
  }
  captures = room.first(count);
  return true;
}

}  // namespace

RouteQuery make_query(const http::RequestContext& http, std::string_view path) {
  const auto authority = http::split_authority(http.request.authority);
  return {.method = http.request.method,
          .path = path,
          .host = authority.host,
          .port = authority.port.value_or(http.client.local.port),
          .headers = http.request.headers,
          .https = http.client.secure,
          .sni = http.client.server_name};
}

// What a request has of what the routes ask for.
struct Router::Facts {
  std::array<uint32_t, match::HostTable::kMaxMatches> host_room;  // keys
  size_t host_count = 0;
  uint32_t method = UINT32_MAX;       // number; UINT32_MAX: no route asks for it
  std::span<const uint32_t> headers;  // rules that hold
  uint32_t server_name = UINT32_MAX;  // number; UINT32_MAX: no route asks for it
  bool any_server_name = false;       // server names are not looked at
  uint32_t server_name_selector = 0;  // key; 0: no route that asks for a server name can match

  std::span<const uint32_t> hosts() const { return {host_room.data(), host_count}; }
};

Router::Router(std::vector<RouteVariant> variants, std::unique_ptr<const RouterTables> tables)
    : variants_(std::move(variants)), tables_(std::move(tables)) {}

Router::~Router() = default;

Router::Outcome Router::find(const RouteQuery& query, Arena& arena, match::Scratch& scratch, RouteMatch& match) const {
  const std::optional<Undecided> undecided = decide(query, arena, scratch, match);
  if (!undecided) return match.variant != nullptr ? Outcome::kFound : Outcome::kNotFound;
  switch (*undecided) {
    case Undecided::kNoMemory:
      return Outcome::kNoMemory;
    case Undecided::kGivenUp:
      return Outcome::kGivenUp;
    case Undecided::kNotUtf8:
      return Outcome::kNotFound;
  }
  return Outcome::kNoMemory;
}

std::optional<std::string> Router::find_broken(const RouteQuery& query) const {
  if (has_broken_path(query)) return "the path";
  const http::Header* header = tables_->header_rules.find_broken(query.headers);
  return header == nullptr ? std::nullopt : std::optional("header " + std::string(header->name));
}

bool Router::has_broken_path(const RouteQuery& query) const {
  return tables_->asks_for_paths && match::encoding_of(query.path) == match::Encoding::kBroken;
}

std::optional<Undecided> Router::decide(const RouteQuery& query, Arena& arena, match::Scratch& scratch,
                                        RouteMatch& match) const {
  Facts facts;
  if (const auto undecided = collect(query, arena, scratch, facts)) return undecided;
  uint32_t best = kNoRank;
  search(facts, PathKind::kNone, 0, best);
  tables_->prefixes.prefixes_of(query.path, [&](uint32_t prefix, size_t) {
    search(facts, PathKind::kPrefix, RouterTables::prefix_key(prefix), best);
  });
  if (const auto undecided = search_regexes(query, facts, scratch, best)) return undecided;
  if (best == kNoRank) return std::nullopt;
  match.variant = &variants_[best];
  return describe(query, arena, scratch, match);
}

std::optional<Undecided> Router::collect(const RouteQuery& query, Arena& arena, match::Scratch& scratch,
                                         Facts& facts) const {
  if (has_broken_path(query)) return Undecided::kNotUtf8;
  tables_->hosts.matches(query.host, query.port, [&](uint32_t pattern) {
    facts.host_room[facts.host_count++] = RouterTables::host_key(pattern);
  });
  facts.method = tables_->methods.find(query.method).value_or(UINT32_MAX);
  facts.any_server_name = !query.https || query.sni.empty();
  if (facts.any_server_name) {
    facts.server_name_selector = tables_->any_server_name_key();
  } else if (const auto name = find_server_name(tables_->server_names, query.sni)) {
    facts.server_name = *name;
    facts.server_name_selector = tables_->server_name_key(*name);
  }
  const auto headers = tables_->header_rules.holding(query.headers, arena, scratch);
  if (!headers) return headers.error();
  facts.headers = *headers;
  return std::nullopt;
}

// Lowers `best` to the rank of the best variant that asks for this path, if that is better.
void Router::search(const Facts& facts, PathKind kind, uint32_t path, uint32_t& best) const {
  static constexpr uint32_t kNone[] = {0};
  const RouteIndex& index = tables_->index;
  const auto probe = [&](uint32_t host, uint32_t selector) {
    for (uint32_t rank : index.find({host, path, selector})) {
      if (rank >= best) return;
      if (holds(rank, facts)) best = rank;
    }
  };
  for (const auto& [shape, best_of_shape] : index.shapes(kind)) {
    if (best_of_shape >= best) return;
    for (uint32_t host : shape.host ? facts.hosts() : kNone) {
      if (shape.selector == SelectorKind::kNone) probe(host, 0);
      if (shape.selector == SelectorKind::kServerName) probe(host, facts.server_name_selector);
      if (shape.selector == SelectorKind::kHeader) {
        for (uint32_t rule : facts.headers) probe(host, RouterTables::header_key(rule));
      }
    }
  }
}

// The same for all regexes that match the path. Scans only when a regex could still win.
std::optional<Undecided> Router::search_regexes(const RouteQuery& query, const Facts& facts, match::Scratch& scratch,
                                                uint32_t& best) const {
  const RegexPaths& regexes = tables_->regexes;
  if (tables_->best_regex_rank >= best) return std::nullopt;
  const auto may_win = [&](uint32_t place) { return regexes.best_rank[place] < best; };
  const auto on_match = [&](uint32_t place) {
    if (may_win(place)) search(facts, PathKind::kRegex, RouterTables::regex_key(place), best);
  };
  switch (regexes.set.search(query.path, scratch, may_win, on_match)) {
    case match::RegexSet::Search::kDone:
      return std::nullopt;
    case match::RegexSet::Search::kGivenUp:
      return Undecided::kGivenUp;
    case match::RegexSet::Search::kFailed:
      return Undecided::kNoMemory;
  }
  return std::nullopt;
}

bool Router::holds(uint32_t rank, const Facts& facts) const {
  const RouteConditions& asked = tables_->conditions[rank];
  if (!asked.methods.empty() && !contains(asked.methods, facts.method)) return false;
  if (!asked.server_names.empty() && !facts.any_server_name && !contains(asked.server_names, facts.server_name)) {
    return false;
  }
  return std::all_of(asked.headers.begin(), asked.headers.end(), [&](const std::vector<uint32_t>& rules) {
    return std::any_of(facts.headers.begin(), facts.headers.end(),
                       [&](uint32_t rule) { return contains(rules, rule); });
  });
}

// Fills in which part of the path matched, and its groups.
std::optional<Undecided> Router::describe(const RouteQuery& query, Arena& arena, match::Scratch& scratch,
                                          RouteMatch& match) const {
  const RouteVariant& variant = *match.variant;
  if (variant.path_kind == PathKind::kPrefix) match.matched_path = query.path.substr(0, variant.paths.front().size());
  if (variant.path_kind != PathKind::kRegex) return std::nullopt;
  for (uint32_t place : tables_->regex_places[static_cast<size_t>(&variant - variants_.data())]) {
    const match::PcrePattern& pattern = tables_->regexes.set[place];
    const auto [outcome, found] = pattern.match(query.path, scratch);
    // Without its captures the route would send the request elsewhere.
    if (outcome == match::Outcome::kGivenUp) return Undecided::kGivenUp;
    if (outcome == match::Outcome::kNone) continue;
    match.matched_path = found[0].value_or(std::string_view());
    return take_captures(pattern, found, arena, match.captures) ? std::nullopt : std::optional(Undecided::kNoMemory);
  }
  return std::nullopt;
}

}  // namespace sluice::gateway
