#include "gateway/plugins/jwt_tokens.h"

#include "gateway/cookie.h"
#include "gateway/plugins/named_arguments.h"

namespace sluice::gateway {

namespace {

// Tokens met so far, each once.
class Collection {
 public:
  void add(std::string_view token) {
    if (token.empty() || (result_.found == TokensFound::kOne && result_.token == token)) return;
    result_ = result_.found == TokensFound::kNone ? FoundToken{TokensFound::kOne, token}
                                                  : FoundToken{TokensFound::kSeveral, {}};
  }
  // An argument without a value: it is there, but it is no text.
  void add_not_text() {
    if (result_.found == TokensFound::kNotText) return;
    result_.found = result_.found == TokensFound::kNone ? TokensFound::kNotText : TokensFound::kSeveral;
  }
  const FoundToken& result() const { return result_; }

 private:
  FoundToken result_;
};

// False: out of memory.
[[nodiscard]] bool collect_arguments(Arena& arena, std::string_view query, std::string_view name, Collection& tokens) {
  return for_each_named(arena, query, name, [&tokens](const std::optional<std::string_view>& value) {
    if (value) {
      tokens.add(*value);
    } else {
      tokens.add_not_text();
    }
  });
}

}  // namespace

JwtTokenPlaces::JwtTokenPlaces(const policy::JwtConfig& config) : config_(config) {
  for (const std::string& name : config.header_names) header_names_.emplace_back(name);
}

FoundToken JwtTokenPlaces::find(Context& context) const {
  Collection tokens;
  const http::HeaderMap& headers = context.http.request.headers;
  for (const std::string& name : config_.uri_param_names) {
    if (!collect_arguments(context.http.arena, context.upstream.query, name, tokens)) {
      return {TokensFound::kNoMemory, {}};
    }
  }
  for (const std::string& name : config_.cookie_names) tokens.add(find_cookie(headers, name).value_or(""));
  for (const HeaderName& name : header_names_) {
    const std::optional<std::string_view> value = name.find(headers);
    if (value) tokens.add(bearer_token(*value).value_or(""));
  }
  return tokens.result();
}

std::optional<std::string_view> bearer_token(std::string_view value) {
  constexpr std::string_view kBlanks = " \t";
  for (size_t at = value.find("earer"); at != std::string_view::npos; at = value.find("earer", at + 1)) {
    if (at == 0 || (value[at - 1] != 'B' && value[at - 1] != 'b')) continue;
    const std::string_view rest = value.substr(at + std::string_view("earer").size());
    const size_t token = rest.find_first_not_of(kBlanks);
    if (token != 0 && token != std::string_view::npos) return rest.substr(token);
  }
  return std::nullopt;
}

}  // namespace sluice::gateway
