// What the plugins that authenticate have in common: whom they let pass without looking, and what they tell the origin
// about the consumer. Kong's rules for several of them on one route.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/consumers.h"
#include "gateway/context.h"

namespace sluice::gateway {

// Makes `consumer` the request's, known by this credential, and sets X-Consumer-* and X-Credential-Identifier for the
// origin; what the client sent under those names is gone. nullptr: the credential is good, and no consumer's.
// `by_authorization`: it is what Authorization says. Always kContinue, unless memory is out (500).
http::Verdict authenticate(Context& context, const Consumer* consumer, std::string_view credential_id,
                           std::string_view credential_identifier, bool by_authorization);

// The fields `anonymous` and `run_on_preflight`, which every such plugin has. With `anonymous` one plugin of several
// suffices (logical or); without it each one must succeed.
class AuthenticationGate {
 public:
  // `anonymous`: a consumer's id or username; one that nobody has makes a request 500 when it is needed, as in Kong.
  AuthenticationGate(const std::optional<std::string>& anonymous, bool run_on_preflight, const Consumers& consumers);

  // True when the plugin has nothing to check: a preflight request that it leaves alone, or another plugin has
  // authenticated already and one suffices.
  bool lets_pass(const Context& context) const;
  // Lets such a request go on. What the client says of itself in the headers for the origin goes here too.
  static http::Verdict pass(Context& context);

  // Whether a request that could not be authenticated may go on as the anonymous consumer.
  bool has_anonymous() const { return has_anonymous_; }
  // Lets it go on. REQUIRES: has_anonymous().
  http::Verdict admit_anonymous(Context& context) const;

 private:
  bool has_anonymous_;
  bool run_on_preflight_;
  const Consumer* anonymous_;  // nullptr: none, or one that does not exist
};

}  // namespace sluice::gateway
