#include "gateway/plugins/access_token.h"

#include "gateway/plugin.h"
#include "gateway/plugins/body_type.h"
#include "gateway/plugins/found_credential.h"
#include "http/characters.h"

namespace sluice::gateway {

namespace {

using Place = AccessToken::Place;

constexpr std::string_view kName = "access_token";
constexpr std::string_view kField = "Authorization";

// The next word of `rest`, which loses it.
std::string_view take_word(std::string_view& rest) {
  rest = http::trim(rest);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

bool has_scheme_of_tokens(std::string_view value) {
  const std::string_view scheme = take_word(value);
  return http::iequals(scheme, "Bearer") || http::iequals(scheme, "token");
}

std::string_view in_authorization(const http::HeaderMap& headers) {
  std::string_view rest = headers.find(kField).value_or("");
  if (!has_scheme_of_tokens(rest)) return {};
  take_word(rest);
  const std::string_view token = take_word(rest);
  return rest.empty() ? token : std::string_view();
}

AccessToken if_once(Place place, const FoundCredential& found) {
  if (found.presence == Presence::kNoMemory) return {Place::kNoMemory, {}};
  if (found.presence != Presence::kOnce || found.key.empty()) return {};
  return {place, found.key};
}

AccessToken in_head(const Context& context) {
  const std::string_view token = in_authorization(context.http.request.headers);
  if (!token.empty()) return {Place::kHeader, token};
  return if_once(Place::kQuery, search_query(context.http.arena, context.upstream.query, kName));
}

bool is_body_read(const Context& context) {
  return context.http.body.state == http::WholeBody::State::kRead;
}

bool may_have_token_in_body(const http::Request& request) {
  return (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") &&
         leading_body_type(request.headers) != BodyType::kOther;
}

}  // namespace

AccessToken find_access_token(Context& context) {
  const AccessToken token = in_head(context);
  if (token.place != Place::kNowhere || !is_body_read(context)) return token;
  return if_once(Place::kBody, search_body(context, kName));
}

size_t body_for_access_token(const Context& context) {
  const bool wanted = may_have_token_in_body(context.http.request) && in_head(context).place == Place::kNowhere;
  return wanted ? kMostBodyBytes : 0;
}

bool hide_access_tokens(Context& context) {
  context.http.request.headers.remove_if([](const http::Header& header) {
    return http::iequals(header.name, kField) && has_scheme_of_tokens(header.value);
  });
  // What holds none goes on as it came, not written anew.
  const Presence in_query = search_query(context.http.arena, context.upstream.query, kName).presence;
  const Presence in_body = is_body_read(context) ? search_body(context, kName).presence : Presence::kAbsent;
  if (in_query == Presence::kNoMemory || in_body == Presence::kNoMemory) return false;
  return (in_query == Presence::kAbsent || hide_in_query(context, kName)) &&
         (in_body == Presence::kAbsent || hide_in_body(context, kName));
}

}  // namespace sluice::gateway
