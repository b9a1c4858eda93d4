#include "gateway/plugins/proxy_cache.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "cache/response_store.h"
#include "gateway/errors.h"
#include "gateway/plugins/cache_directives.h"
#include "gateway/plugins/cache_key.h"
#include "gateway/plugins/cached_response.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/media_type.h"
#include "gateway/plugins/plugin_notes.h"
#include "gateway/text.h"
#include "http/characters.h"
#include "http/date.h"
#include "http/status.h"

namespace sluice::gateway {

namespace {

constexpr std::string_view kStatus = "X-Cache-Status";
constexpr std::string_view kKey = "X-Cache-Key";
constexpr std::string_view kAge = "age";
constexpr std::string_view kLength = "Content-Length";

// Kept from access on, where the request was not answered; again by header_filter, with `head`.
struct CacheNote {
  std::string_view status;      // what X-Cache-Status says if the answer can be kept
  std::optional<CacheKey> key;  // nothing: no answer to this request is kept
  bool is_head;                 // the key is that of a HEAD
  bool has_authorization;       // the client sent one, whether or not the origin gets it
  std::string_view head;        // of an answer that is to be kept, encoded; data() == nullptr: it is not
};

// Fields of an answer that are about one transfer of it, or are told anew each time: its length too, where there is a
// body to measure.
bool is_kept(std::string_view name, bool has_body) {
  constexpr std::array<std::string_view, 3> kNot = {kStatus, kKey, kAge};
  constexpr std::array<std::string_view, 2> kLimits = {"RateLimit-", "X-RateLimit-"};
  return !(has_body && http::iequals(name, kLength)) &&
         std::ranges::none_of(kNot, [name](std::string_view n) { return http::iequals(n, name); }) &&
         std::ranges::none_of(kLimits,
                              [name](std::string_view n) { return http::iequals(name.substr(0, n.size()), n); });
}

// Whether a list of entity tags has one that `same` says is the answer's, or is "*" (RFC 9110 13.1.1, 13.1.2).
template <typename Same>
bool lists_tag(std::string_view list, Same&& same) {
  if (http::trim(list) == "*") return true;
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(entry.size() + 1, list.size()));
    if (same(http::trim(entry))) return true;
  }
  return false;
}

// RFC 9110 8.8.3.2.
bool is_weakly_same(std::string_view a, std::string_view b) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  return opaque(a) == opaque(b);
}

// Whether the client has this answer already, as nginx decides it.
bool client_has(const http::HeaderMap& request, const CachedResponse& cached) {
  if (cached.status != 200) return false;
  const std::optional<std::string_view> tags = request.find("If-None-Match");
  const std::optional<std::string_view> tag = cached.headers.find("ETag");
  if (tags) return tag && lists_tag(*tags, [&](std::string_view listed) { return is_weakly_same(listed, *tag); });
  const std::optional<std::string_view> since = request.find("If-Modified-Since");
  return since && since == cached.headers.find("Last-Modified");
}

// Whether the client wants this answer only if it is another one, as nginx decides it: a date that cannot be read, or
// that the answer does not have, is not met, and entity tags are compared as they stand.
bool is_unwanted(const http::HeaderMap& request, const CachedResponse& cached) {
  if (cached.status != 200) return false;
  const auto date_of = [](std::optional<std::string_view> text) { return http::parse_date(text.value_or("")); };
  if (request.contains("If-Unmodified-Since")) {
    const std::optional<int64_t> since_s = date_of(request.find("If-Unmodified-Since"));
    const std::optional<int64_t> modified_s = date_of(cached.headers.find("Last-Modified"));
    if (!since_s || !modified_s || *since_s < *modified_s) return true;
  }
  const std::optional<std::string_view> tags = request.find("If-Match");
  return tags && !lists_tag(*tags, [&](std::string_view listed) { return listed == cached.headers.find("ETag"); });
}

// Whether an answer is what its key asks for: that to a HEAD is not, where an edge rule has made a GET of it, and is of
// no use where it does not say the length that a GET would get (RFC 9110 9.3.2).
bool is_whole(const CacheNote& note, const http::Response& response) {
  const bool has_body = response.framing.kind != http::Framing::kNone;
  if (note.is_head) return !has_body && response.headers.contains(kLength);
  return has_body || http::is_bodiless(response.status);
}

// RFC 9111 5.1: of a list the first, and nothing that is no number.
int64_t age_on_arrival_s(const http::Response& response) {
  const std::string_view age = response.headers.find(kAge).value_or("");
  return parse_delta_seconds(http::trim(age.substr(0, age.find(',')))).value_or(0);
}

// RFC 9111 3.5: the consumer is not the user, whom only the origin may know.
bool is_for_everybody(const CacheDirectives& said) {
  return said.is_public || said.s_maxage_s || said.must_revalidate;
}

// RFC 9111 5.2.2: no client gets it when it is too old, whatever it asks for.
bool never_gets_stale(const CacheDirectives& said) {
  return said.must_revalidate || said.proxy_revalidate || said.s_maxage_s;
}

class ProxyCache final : public Plugin {
 public:
  ProxyCache(const policy::ProxyCacheConfig& config, const PluginEnvironment& environment)
      : config_(config), store_(*environment.shared.responses) {}

  http::Verdict access(Context& context) const override {
    const CacheDirectives asked =
        config_.cache_control ? read_cache_control(context.http.request.headers) : CacheDirectives();
    if (!takes(context.upstream.method) || asked.no_store || asked.no_cache || is_personal(context)) {
      context.http.worker.count(Counter::kGatewayCacheBypasses);
      return go_on(context, {"Bypass", std::nullopt, false, false, {}});
    }
    const std::optional<CacheKey> key = make_cache_key(context, config_);
    if (!key) return answer_unexpected(context);
    const std::optional<CachedResponse> cached = find(context, *key);
    if (cached && is_good(*cached, asked, now_s(context))) return answer(context, *key, *cached);
    context.http.worker.count(Counter::kGatewayCacheMisses);
    if (asked.only_if_cached) return refuse(context, *key);
    return go_on(
        context,
        {cached ? "Refresh" : "Miss", key, context.http.request.method == "HEAD", has_authorization(context), {}});
  }

  void header_filter(Context& context, http::Response& response) const override {
    const CacheNote* const note = find_note<CacheNote>(context, *this);
    if (note == nullptr) return;
    const bool from_origin = &response != &context.http.answer.head;
    const bool may_keep = note->key && from_origin && is_whole(*note, response);
    const int64_t ttl_s = may_keep ? time_to_live_s(context, *note, response) : 0;
    bool done = tell(context, response.headers, {kStatus, ttl_s > 0 ? note->status : "Bypass"},
                     config_.response_headers.status);
    if (note->key)
      done = done && tell(context, response.headers, {kKey, note->key->text}, config_.response_headers.key);
    if (ttl_s > 0) done = done && keep(context, *note, response, ttl_s);
    note_edit(context, done);
  }

  std::string_view body_filter(Context& context, std::string_view body) const override {
    const CacheNote* const note = find_note<CacheNote>(context, *this);
    if (note != nullptr && note->head.data() != nullptr) store(context, *note, body);
    return body;
  }

 private:
  static WallTime now(const Context& context) { return context.http.worker.clock.wall_now(); }
  static int64_t now_s(const Context& context) { return now(context).seconds(); }

  bool takes(std::string_view method) const {
    return std::ranges::any_of(config_.request_method,
                               [method](policy::CachedMethod m) { return to_text(m) == method; });
  }

  static bool has_authorization(const Context& context) {
    return context.authentication.by_authorization || context.http.request.headers.contains("Authorization");
  }

  // RFC 9111 3.5: who may see the answer is told by credentials that only the origin understands.
  bool is_personal(const Context& context) const {
    return config_.cache_control && !context.authentication.by_authorization && has_authorization(context);
  }

  http::Verdict go_on(Context& context, const CacheNote& note) const {
    return continue_if(keep_note(context, *this, note), context);
  }

  // Nothing: there is none, it has been kept for long enough, or the clock says that it has not come yet: it has been
  // set back, and how old the answer is cannot be known (another worker's may be a moment ahead).
  std::optional<CachedResponse> find(Context& context, const CacheKey& key) const {
    const std::optional<std::string_view> bytes =
        store_.find(key.key, context.http.arena, cache::ResponseStore::Room::kHalf);
    std::optional<CachedResponse> cached = bytes ? decode_response(context.http.arena, *bytes) : std::nullopt;
    const bool is_there =
        cached && now(context).milliseconds() < cached->kept_until_ms && cached->stored_s <= now_s(context) + 1;
    return is_there ? std::move(cached) : std::nullopt;
  }

  static int64_t age_s(const CachedResponse& cached, int64_t now_s) {
    return std::max<int64_t>(0, now_s - cached.stored_s) + cached.arrival_age_s;
  }

  // Whether the request takes an answer of this age.
  bool is_good(const CachedResponse& cached, const CacheDirectives& asked, int64_t now_s) const {
    const int64_t age = age_s(cached, now_s);
    if (!config_.cache_control) return age <= int64_t{config_.cache_ttl_s};
    const int64_t stale_s = age - cached.ttl_s;
    return !(asked.max_age_s && age > int64_t{*asked.max_age_s}) &&
           !(asked.min_fresh_s && -stale_s < int64_t{*asked.min_fresh_s}) &&
           (stale_s <= 0 || (asked.max_stale_s && stale_s <= int64_t{*asked.max_stale_s} &&
                             !never_gets_stale(read_cache_control(cached.headers))));
  }

  http::Verdict answer(Context& context, const CacheKey& key, const CachedResponse& cached) const {
    context.http.worker.count(Counter::kGatewayCacheHits);
    if (is_unwanted(context.http.request.headers, cached)) {
      return answer_error(context.http, 412, default_message(412), Unasked::kPlain);
    }
    const bool has_it = client_has(context.http.request.headers, cached);
    http::Response& head = context.http.answer.head;
    head.status = has_it ? 304 : cached.status;
    head.reason = http::reason_phrase(head.status);
    bool done = true;
    for (const http::Header& header : cached.headers.all()) done = done && head.headers.add(header.name, header.value);
    if (has_it) {
      head.headers.remove("Content-Type");
      head.headers.remove(kLength);
    }
    const auto seconds = static_cast<uint64_t>(age_s(cached, now_s(context)));
    const std::string_view age = to_decimal(context.http.arena, seconds);
    done = done && age.data() != nullptr &&
           tell(context, head.headers, {kKey, key.text}, config_.response_headers.key) &&
           tell(context, head.headers, {kAge, age}, config_.response_headers.age) &&
           tell(context, head.headers, {kStatus, "Hit"}, config_.response_headers.status);
    if (!done) return answer_unexpected(context);
    context.http.answer.body = has_it ? std::string_view() : cached.body;
    // As in Kong, such an answer looks like one of an origin's.
    context.proxied = context.http.worker.now();
    return http::Verdict::kAnswer;
  }

  http::Verdict refuse(Context& context, const CacheKey& key) const {
    if (!tell(context, context.http.answer.head.headers, {kKey, key.text}, config_.response_headers.key)) {
      return answer_unexpected(context);
    }
    return answer_error(context.http, 504, default_message(504), Unasked::kPlain);
  }

  // A client that asks for it (Kong-Debug) is told what others are not.
  [[nodiscard]] static bool tell(const Context& context, http::HeaderMap& headers, const http::Header& field,
                                 bool wanted) {
    if (!wanted && !context.http.request.headers.contains("Kong-Debug")) return true;
    return headers.set(field.name, field.value);
  }

  // Until which age the answer is good; 0: it is not kept.
  int64_t time_to_live_s(const Context& context, const CacheNote& note, const http::Response& response) const {
    const std::optional<std::string_view> type = response.headers.find("Content-Type");
    const bool listed =
        std::ranges::count(config_.response_code, response.status) > 0 && type &&
        std::ranges::any_of(config_.content_type, [&](const auto& kept) { return matches_media_type(kept, *type); });
    if (!listed) return 0;
    if (!config_.cache_control) return config_.cache_ttl_s;
    const CacheDirectives said = read_cache_control(response.headers);
    if (said.no_store || said.no_cache || said.is_private) return 0;
    if (note.has_authorization && !is_for_everybody(said)) return 0;
    const int64_t ttl_s = told_life_s(context, said, response);
    return ttl_s > age_on_arrival_s(response) ? ttl_s : 0;
  }

  // RFC 9111 4.2.1. Expires is held against the clock that it was written by, where the answer tells it.
  static int64_t told_life_s(const Context& context, const CacheDirectives& said, const http::Response& response) {
    if (said.s_maxage_s) return *said.s_maxage_s;
    if (said.max_age_s) return *said.max_age_s;
    const std::optional<int64_t> expires_s = http::parse_date(response.headers.find("Expires").value_or(""));
    const std::optional<int64_t> date_s = http::parse_date(response.headers.find("Date").value_or(""));
    return expires_s ? *expires_s - date_s.value_or(now_s(context)) : 0;
  }

  // left_s: of the answer's own life. As in Kong, where storage_ttl is 0 there is no end.
  int64_t kept_until_ms(const Context& context, int64_t left_s) const {
    if (config_.storage_ttl_s == 0u) return std::numeric_limits<int64_t>::max();
    return now(context).milliseconds() + (config_.storage_ttl_s ? int64_t{*config_.storage_ttl_s} : left_s) * 1000;
  }

  // Makes ready to store the answer when its body is complete. False: out of memory.
  [[nodiscard]] bool keep(Context& context, const CacheNote& asked, const http::Response& response,
                          int64_t ttl_s) const {
    CachedResponse cached(context.http.arena);
    cached.stored_s = now_s(context);
    cached.arrival_age_s = config_.cache_control ? age_on_arrival_s(response) : 0;
    cached.ttl_s = ttl_s;
    cached.kept_until_ms = kept_until_ms(context, ttl_s - cached.arrival_age_s);
    cached.status = response.status;
    for (const http::Header& header : response.headers.all()) {
      if (is_kept(header.name, !asked.is_head) && !cached.headers.add(header.name, header.value)) return false;
    }
    CacheNote note = asked;
    note.head = encode_head(context.http.arena, cached);
    if (note.head.data() == nullptr) return false;
    if (response.framing.kind == http::Framing::kNone) {
      store(context, note, "");
      return true;
    }
    context.answer_body.most_bytes = kMostBodyBytes;
    return keep_note(context, *this, note);
  }

  void store(Context& context, const CacheNote& note, std::string_view body) const {
    const std::array<std::string_view, 2> parts = {note.head, body};
    const bool stored = store_.store(context.http.worker.id, note.key->key, parts);
    context.http.worker.count(stored ? Counter::kGatewayCacheStores : Counter::kGatewayCacheNoRoom);
  }

  const policy::ProxyCacheConfig& config_;
  cache::ResponseStore& store_;
};

}  // namespace

MadePlugin make_plugin(const policy::ProxyCacheConfig& config, const PluginEnvironment& environment) {
  return made<ProxyCache>(config, environment);
}

}  // namespace sluice::gateway
