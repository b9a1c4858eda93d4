#include "gateway/plugins/key_auth.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/errors.h"
#include "gateway/plugins/authentication.h"
#include "gateway/plugins/body_type.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/found_credential.h"
#include "gateway/plugins/header_name.h"
#include "gateway/plugins/made.h"

namespace sluice::gateway {

namespace {

constexpr std::string_view kNoKey = "No API key found in request";

FoundCredential search_headers(const http::HeaderMap& headers, const HeaderName& name) {
  const std::string_view spelling = name.in(headers);
  const size_t count = headers.count(spelling);
  if (count == 0) return {};
  if (count > 1) return {Presence::kRepeated, {}};
  return {Presence::kOnce, *headers.find(spelling)};
}

class KeyAuth final : public Plugin {
 public:
  KeyAuth(const policy::KeyAuthConfig& config, const PluginEnvironment& environment)
      : config_(config),
        consumers_(environment.consumers),
        gate_(config.anonymous, config.run_on_preflight, environment.consumers),
        challenge_(config.realm ? "Key realm=\"" + *config.realm + "\"" : "Key") {
    for (const std::string& name : config.key_names) names_.emplace_back(name);
  }

  size_t reads_body(const Context& context) const override {
    const bool wanted = config_.key_in_body && !gate_.lets_pass(context);
    return wanted && leading_body_type(context.http.request.headers) != BodyType::kOther ? kMostBodyBytes : 0;
  }

  http::Verdict access(Context& context) const override {
    if (gate_.lets_pass(context)) return AuthenticationGate::pass(context);
    const Finding finding = identify(context);
    // Nobody knows whose the key is: the request is not to go on as anybody.
    if (finding.no_memory) return answer_unexpected(context);
    if (finding.name != nullptr && config_.hide_credentials && !hide(context, *finding.name)) {
      return answer_unexpected(context);
    }
    if (finding.credential != nullptr) {
      const KeyCredential& credential = *finding.credential;
      const bool by_authorization = config_.key_in_header && http::iequals(finding.name->text(), "Authorization");
      return authenticate(context, credential.consumer, credential.id, credential.id, by_authorization);
    }
    if (gate_.has_anonymous()) return gate_.admit_anonymous(context);
    return refuse(context, finding.refusal);
  }

 private:
  struct Finding {
    const KeyCredential* credential = nullptr;  // nullptr: refused
    std::string_view refusal;
    const HeaderName* name = nullptr;  // where keys were found, good or not
    bool no_memory = false;
  };

  // Names in their order, each in the header first: the first key found decides, whether it is good or not.
  Finding identify(Context& context) const {
    for (const HeaderName& name : names_) {
      const FoundCredential found = search(context, name);
      if (found.presence == Presence::kNoMemory) return {nullptr, {}, nullptr, true};
      if (found.presence == Presence::kRepeated) return {nullptr, "Duplicate API key found", &name};
      if (found.presence != Presence::kOnce) continue;
      if (found.key.empty()) return {nullptr, kNoKey, &name};
      return {consumers_.find_key(found.key, context.http.worker.clock.wall_now()), "Unauthorized", &name};
    }
    return {nullptr, kNoKey};
  }

  FoundCredential search(Context& context, const HeaderName& name) const {
    FoundCredential found;
    if (config_.key_in_header) found = search_headers(context.http.request.headers, name);
    if (found.presence == Presence::kAbsent && config_.key_in_query) {
      found = search_query(context.http.arena, context.upstream.query, name.text());
    }
    if (found.presence == Presence::kAbsent && config_.key_in_body) found = search_body(context, name.text());
    return found;
  }

  // Out of all places. False: out of memory.
  [[nodiscard]] bool hide(Context& context, const HeaderName& name) const {
    http::HeaderMap& headers = context.http.request.headers;
    headers.remove(name.in(headers));
    if (config_.key_in_body && !hide_in_body(context, name.text())) return false;
    return hide_in_query(context, name.text());
  }

  http::Verdict refuse(Context& context, std::string_view message) const {
    context.http.worker.count(Counter::kGatewayUnauthenticated);
    if (!context.http.answer.head.headers.set("WWW-Authenticate", challenge_)) return answer_unexpected(context);
    return answer_error(context.http, 401, message);
  }

  const policy::KeyAuthConfig& config_;
  const Consumers& consumers_;
  const AuthenticationGate gate_;
  const std::string challenge_;
  std::vector<HeaderName> names_;
};

}  // namespace

MadePlugin make_plugin(const policy::KeyAuthConfig& config, const PluginEnvironment& environment) {
  return made<KeyAuth>(config, environment);
}

}  // namespace sluice::gateway
