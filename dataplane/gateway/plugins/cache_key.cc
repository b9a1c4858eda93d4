#include "gateway/plugins/cache_key.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "gateway/consumers.h"
#include "gateway/plugins/argument_list.h"
#include "gateway/plugins/query.h"
#include "gateway/text.h"
#include "http/url.h"
#include "sluice/policy/route.h"
#include "token/openssl.h"

namespace sluice::gateway {

namespace {

// A SHA-256 over texts, each with its length in front, so that no two lists of texts are one.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) {
    good_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }

  void add(std::string_view text) {
    add_number(text.size());
    good_ = good_ && text.data() != nullptr && EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1;
  }
  // Something that is not there, which is not the same as an empty text.
  void add_nothing() { add_number(UINT64_MAX); }
  void add(const std::optional<std::string_view>& text) { text ? add(*text) : add_nothing(); }

  bool finish(std::array<unsigned char, 32>& out) {
    return good_ && EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
  }

 private:
  void add_number(uint64_t number) { good_ = good_ && EVP_DigestUpdate(context_.get(), &number, sizeof number) == 1; }

  token::openssl::DigestContext context_;
  bool good_;
};

using Values = std::span<std::optional<std::string_view>>;

// What stands there several times is alike in any order. `values` is sorted.
void add_values(Digest& digest, std::string_view name, Values values) {
  std::ranges::sort(values);
  for (const std::optional<std::string_view>& value : values) {
    digest.add(name);
    digest.add(value);
  }
}

// All of them, sorted by name and value.
void add_all_arguments(Digest& digest, Arena& arena, std::string_view query) {
  const std::optional<ArgumentList> list = ArgumentList::parse(arena, query, 0);
  digest.add(list ? list->encode(ArgumentList::Order::kByNameAndValue) : std::string_view());
}

// Every argument of these names, each name before its value. False: out of memory, like the next.
bool add_arguments(Digest& digest, Arena& arena, std::string_view query, std::span<const std::string> names) {
  for (const std::string& name : names) {
    const ArgumentValues found = find_argument(arena, query, name);
    const Values values = arena.try_array<std::optional<std::string_view>>(found.count);
    if (values.size() != found.count) return false;
    size_t size = 0;
    http::QueryReader reader(query);
    while (const std::optional<http::QueryArgument> argument = reader.next()) {
      if (is_named(arena, *argument, name)) std::construct_at(&values[size++], decoded_value(arena, *argument));
    }
    if (size != values.size()) return false;  // what was decoded for counting had no room when it was to be kept
    add_values(digest, name, values);
  }
  return true;
}

// Every line of these names, likewise.
bool add_headers(Digest& digest, Arena& arena, const http::HeaderMap& headers, std::span<const std::string> names) {
  for (const std::string& name : names) {
    const auto is_one = [&name](const http::Header& header) { return http::iequals(header.name, name); };
    const auto count = static_cast<size_t>(std::ranges::count_if(headers.all(), is_one));
    const Values values = arena.try_array<std::optional<std::string_view>>(count);
    if (values.size() != count) return false;
    size_t size = 0;
    for (const http::Header& header : headers.all()) {
      if (is_one(header)) std::construct_at(&values[size++], header.value);
    }
    add_values(digest, name, values);
  }
  return true;
}

// A list that another one follows.
void add_names(Digest& digest, std::span<const std::string> names) {
  for (const std::string_view name : names) digest.add(name);
  digest.add_nothing();
}

// The configuration, as far as answers that were kept under another one are not those of this one.
void add_terms(Digest& digest, const policy::ProxyCacheConfig& config) {
  const auto add_choice = [&digest](bool chosen) { digest.add(std::string_view(chosen ? "yes" : "no")); };
  add_choice(config.cache_control);
  add_choice(config.ignore_uri_case);
  add_names(digest, config.vary_query_params);
  add_names(digest, config.vary_headers);
}

// A consumer's, or those of a credential that is no consumer's.
std::string_view whose(const Authentication& who) {
  if (who.consumer != nullptr) return who.consumer->id;
  return who.credential_id.empty() ? std::string_view("") : who.credential_id;
}

std::string_view to_hex(Arena& arena, std::span<const unsigned char> bytes) {
  const std::span<char> room = arena.try_array<char>(2 * bytes.size());
  if (room.empty()) return {};
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  for (size_t i = 0; i < bytes.size(); ++i) {
    room[2 * i] = kHexDigits[bytes[i] >> 4];
    room[2 * i + 1] = kHexDigits[bytes[i] & 15];
  }
  return {room.data(), room.size()};
}

}  // namespace

std::optional<CacheKey> make_cache_key(Context& context, const policy::ProxyCacheConfig& config) {
  Arena& arena = context.http.arena;
  const http::Request& request = context.http.request;
  const auto& route = context.route->id.bytes();
  const auto folded = [&](std::string_view path) { return config.ignore_uri_case ? lower_case(arena, path) : path; };
  const UpstreamTarget& target = context.upstream;
  Digest digest;
  add_terms(digest, config);
  digest.add(whose(context.authentication));
  digest.add(std::string_view(reinterpret_cast<const char*>(route.data()), route.size()));
  digest.add(request.method);
  digest.add(folded(request.path));
  digest.add(target.method);
  digest.add(folded(target.path));
  digest.add(target.host.empty() ? "" : lower_case(arena, target.host));
  // As in Kong "/a?" is not "/a".
  digest.add(request.has_query ? std::string_view("?") : std::string_view(""));
  bool complete = true;
  if (config.vary_query_params.empty()) {
    add_all_arguments(digest, arena, target.query);
  } else {
    complete = add_arguments(digest, arena, target.query, config.vary_query_params);
  }
  digest.add_nothing();  // between two lists
  complete = complete && add_headers(digest, arena, request.headers, config.vary_headers);
  std::array<unsigned char, 32> bytes{};
  if (!complete || !digest.finish(bytes)) return std::nullopt;
  CacheKey made;
  std::memcpy(made.key.words.data(), bytes.data(), bytes.size());
  made.text = to_hex(arena, bytes);
  return made.text.data() == nullptr ? std::nullopt : std::optional(made);
}

}  // namespace sluice::gateway
