#include "token/jwks.h"

#include <optional>
#include <utility>

namespace sluice::token {
namespace {

std::optional<std::string_view> string_member(const json::Value& jwk, std::string_view name) {
  const auto member = jwk.find(name);
  return member ? member->string() : std::nullopt;
}

// RFC 7517 sections 4.2 and 4.3: a key that says what it is for must be for verification.
bool is_for_verification(const json::Value& jwk) {
  if (jwk.find("use") && string_member(jwk, "use") != "sig") return false;
  const auto operations = jwk.find("key_ops");
  if (!operations) return true;
  for (const json::Value operation : *operations) {
    if (operation.string() == "verify") return true;
  }
  return false;
}

Key::Made read_key(const json::Value& jwk) {
  if (!jwk.is(json::Kind::kObject)) return std::string("expected an object");
  if (!is_for_verification(jwk)) return std::string("not for verification");
  return Key::from_jwk(jwk);
}

}  // namespace

Result<Jwks, std::string> parse_jwks(std::string_view document) {
  if (document.size() > json::kMaxTextBytes) {
    return "a JWK Set of " + std::to_string(document.size()) + " bytes; at most " +
           std::to_string(json::kMaxTextBytes) + " are read";
  }
  std::string text(document);
  std::vector<json::Node> nodes(json::nodes_room(text.size()));
  if (!json::parse(text, nodes)) return std::string("the JWK Set is not JSON");
  const auto keys = json::Value(text.data(), nodes.data(), 0).find("keys");
  if (!keys || !keys->is(json::Kind::kArray)) return std::string("expected a JWK Set: an object with a list 'keys'");

  Jwks jwks;
  size_t number = 0;
  for (const json::Value jwk : *keys) {
    if (++number > kMaxJwksKeys) return "more than " + std::to_string(kMaxJwksKeys) + " keys in the JWK Set";
    auto key = read_key(jwk);
    if (key) {
      const std::string kid(string_member(jwk, "kid").value_or(""));
      jwks.keys.push_back({kid, KidRule::kBinds, std::move(key).value()});
    } else {
      jwks.passed_over.push_back("key " + std::to_string(number) + ": " + key.error());
    }
  }
  if (jwks.keys.empty()) {
    return jwks.passed_over.empty() ? "the JWK Set has no keys"
                                    : "the JWK Set has no key to verify with: " + jwks.passed_over.front();
  }
  return jwks;
}

}  // namespace sluice::token
