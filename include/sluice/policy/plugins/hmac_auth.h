// hmac-auth: a signature over chosen headers names the consumer and proves the secret. Kong 3.9.1's fields and
// defaults.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

enum class HmacAlgorithm : uint8_t { kSha1, kSha256, kSha384, kSha512 };
constexpr std::array<std::string_view, 4> names_of(HmacAlgorithm) {
  return {"hmac-sha1", "hmac-sha256", "hmac-sha384", "hmac-sha512"};
}

struct HmacAuthConfig {
  static constexpr PluginInfo kPlugin{.name = "hmac-auth", .priority = 1030};

  bool hide_credentials = false;
  double clock_skew_s = 300;             // may be beyond what a Duration holds, to turn the check off
  std::optional<std::string> anonymous;  // a consumer's id or username
  bool validate_request_body = false;
  std::vector<std::string> enforce_headers;  // as they stand in the signature: "date", "@request-target", …
  std::vector<HmacAlgorithm> algorithms{HmacAlgorithm::kSha1, HmacAlgorithm::kSha256, HmacAlgorithm::kSha384,
                                        HmacAlgorithm::kSha512};
  std::optional<std::string> realm;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("hide_credentials", s.hide_credentials,
          {.help = "do not pass the signature to the origin", .not_null = true});
    visit("clock_skew", s.clock_skew_s,
          {.help = "how far the request's date may be from ours, in seconds", .above = 0});
    visit("anonymous", s.anonymous, {.help = "consumer of requests without a valid signature"});
    visit("validate_request_body", s.validate_request_body,
          {.help = "check the Digest header against the body", .not_null = true});
    visit("enforce_headers", s.enforce_headers, {.help = "what every signature must cover"});
    visit("algorithms", s.algorithms, {.help = "accepted algorithms"});
    visit("realm", s.realm, {.help = "realm of WWW-Authenticate", .text = TextKind::kHeaderValue});
  }
};

}  // namespace sluice::policy
