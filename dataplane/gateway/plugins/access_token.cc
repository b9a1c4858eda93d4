#include "gateway/plugins/access_token.h"

#include "gateway/plugin.h"
#include "gateway/plugins/body_type.h"
#include "gateway/plugins/found_credential.h"
#include "http/characters.h"

namespace sluice::gateway {

namespace {

using Place = AccessToken::Place;

constexpr std::string_view kName = "access_token";

// The next word of `rest`, which loses it.
std::string_view take_word(std::string_view& rest) {
  rest = http::trim(rest);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

std::string_view in_authorization(const http::HeaderMap& headers) {
  std::string_view rest = headers.find("Authorization").value_or("");
  const std::string_view scheme = take_word(rest);
  const std::string_view token = take_word(rest);
  const bool is_bearer = http::iequals(scheme, "Bearer") || http::iequals(scheme, "token");
  return is_bearer && rest.empty() ? token : std::string_view();
}

AccessToken if_once(Place place, const FoundCredential& found) {
  if (found.presence != Presence::kOnce || found.key.empty()) return {};
  return {place, found.key};
}

AccessToken in_head(const Context& context) {
  const std::string_view token = in_authorization(context.http.request.headers);
  if (!token.empty()) return {Place::kHeader, token};
  return if_once(Place::kQuery, search_query(context.http.arena, context.upstream.query, kName));
}

bool may_have_token_in_body(const http::Request& request) {
  return (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") &&
         leading_body_type(request.headers) != BodyType::kOther;
}

}  // namespace

AccessToken find_access_token(Context& context) {
  const AccessToken token = in_head(context);
  if (token.place != Place::kNowhere || context.http.body.state != http::WholeBody::State::kRead) return token;
  return if_once(Place::kBody, search_body(context, kName));
}

size_t body_for_access_token(const Context& context) {
  const bool wanted = may_have_token_in_body(context.http.request) && in_head(context).place == Place::kNowhere;
  return wanted ? kMostBodyBytes : 0;
}

bool hide_access_token(Context& context, Place place) {
  switch (place) {
    case Place::kNowhere:
      return true;
    case Place::kHeader:
      context.http.request.headers.remove("Authorization");
      return true;
    case Place::kQuery:
      return hide_in_query(context, kName);
    case Place::kBody:
      return hide_in_body(context, kName);
  }
  return true;
}

}  // namespace sluice::gateway
