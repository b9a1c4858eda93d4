#include "gateway/introspections.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "http/characters.h"
#include "token/json.h"

namespace sluice::gateway {

namespace {

using token::json::Kind;
using token::json::Value;

// Of an answer that is remembered: what a copy of it may take of a request's memory.
constexpr size_t kMostBytes = 16384;
// Workers read the clock once a turn: an answer may seem to come from a little later.
constexpr Duration kClockSlack = Duration::seconds(1);
// In place of the size of a claim that is not there.
constexpr uint16_t kAbsent = UINT16_MAX;

// What stands in front of an answer's claims.
struct Times {
  WallTime kept;
  WallTime expires;
};

bool is_fresh(const Times& times, WallTime now) {
  return times.kept.ns - kClockSlack.ns <= now.ns && now < times.expires;
}

cache::Key to_key(const IntrospectionKey& key) {
  return {key.words};
}

std::string_view as_text(const auto& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// Lists are told as HTTP tells them: "a, b"; an element with a comma would be read as two. False: it has no text that
// may stand in a header.
bool add_text(const Value& value, std::string& out) {
  if (value.is(Kind::kArray)) {
    bool first = true;
    for (const Value element : value) {
      if (!first) out += ", ";
      if (element.is(Kind::kArray) || !add_text(element, out)) return false;
      if (element.text().find(',') != std::string_view::npos) return false;
      first = false;
    }
    return !first;
  }
  if (value.is(Kind::kNull) || value.is(Kind::kObject)) return false;
  out += value.text();
  return !http::has_control(value.text());
}

void add_claim(const std::optional<Value>& claim, std::string& out) {
  std::string text;
  const bool there = claim && add_text(*claim, text) && !text.empty() && text.size() < kAbsent;
  const auto size = there ? static_cast<uint16_t>(text.size()) : kAbsent;
  out += as_text(size);
  if (there) out += text;
}

WallTime expiry(const IntrospectionTerms& terms, const Value& answer, WallTime now) {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  const bool for_ever = terms.ttl == Duration() || terms.ttl.ns > kNever - now.ns;
  WallTime expires{for_ever ? kNever : now.ns + terms.ttl.ns};
  const std::optional<Value> exp = answer.find("exp");
  const std::optional<double> exp_s = exp ? exp->number() : std::nullopt;
  // Beyond the year 2262 no clock of ours gets.
  if (exp_s && *exp_s < 9.2e9) {
    expires = std::min(expires, WallTime{static_cast<int64_t>(std::max(*exp_s, 0.0) * 1e9)});
  }
  return expires;
}

// `rest`: what begins with a claim; moved on behind it.
std::string_view take_claim(std::string_view& rest) {
  uint16_t size = kAbsent;
  if (rest.size() < sizeof size) return {};
  std::memcpy(&size, rest.data(), sizeof size);
  rest.remove_prefix(sizeof size);
  if (size == kAbsent || size > rest.size()) return {};
  const std::string_view claim = rest.substr(0, size);
  rest.remove_prefix(size);
  return claim;
}

}  // namespace

// The control thread is the only writer, as the first and only "worker" of both stores.
Introspections::Introspections(size_t bytes) : active_(bytes - bytes / 4, 1), inactive_(bytes / 4, 1) {}

bool Introspections::keep(const IntrospectionTerms& terms, const IntrospectionKey& key, std::string_view answer,
                          WallTime now) {
  if (answer.size() > token::json::kMaxTextBytes) return false;
  std::string text(answer);
  std::vector<token::json::Node> nodes(token::json::nodes_room(text.size()));
  if (!token::json::parse(text, nodes)) return false;
  const Value object(text.data(), nodes.data(), 0);
  const std::optional<Value> active = object.find("active");
  if (!active || !(active->is(Kind::kTrue) || active->is(Kind::kFalse))) return false;

  const Times times{now, expiry(terms, object, now)};
  std::string claims;
  if (active->is(Kind::kTrue)) {
    for (const std::string& name : terms.claims) add_claim(object.find(name), claims);
  }
  if (claims.size() + sizeof times > kMostBytes) return false;
  cache::ResponseStore& store = active->is(Kind::kTrue) ? active_ : inactive_;
  cache::ResponseStore& other = active->is(Kind::kTrue) ? inactive_ : active_;
  // First what was said before: nobody may find both.
  (void)other.remove(to_key(key));
  const std::string_view parts[] = {as_text(times), claims};
  return store.store(WorkerId{0}, to_key(key), parts);
}

std::optional<Introspection> Introspections::find(const IntrospectionTerms& terms, const IntrospectionKey& key,
                                                  Arena& arena, WallTime now, Age age) const {
  for (const cache::ResponseStore* store : {&active_, &inactive_}) {
    std::optional<std::string_view> kept = store->find(to_key(key), arena, cache::ResponseStore::Room::kAll);
    Times times;
    if (!kept || kept->size() < sizeof times) continue;
    std::memcpy(&times, kept->data(), sizeof times);
    if (age == Age::kFresh && !is_fresh(times, now)) continue;
    if (store == &inactive_) return Introspection{};
    kept->remove_prefix(sizeof times);
    const std::span<std::string_view> claims = arena.try_array<std::string_view>(terms.claims.size());
    if (claims.size() != terms.claims.size()) return std::nullopt;
    for (std::string_view& claim : claims) claim = take_claim(*kept);
    return Introspection{true, claims};
  }
  return std::nullopt;
}

}  // namespace sluice::gateway
