#include "gateway/plugins/basic_auth.h"

#include <optional>
#include <string>
#include <string_view>

#include "gateway/errors.h"
#include "gateway/plugins/authentication.h"
#include "gateway/plugins/basic_credentials.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"

namespace sluice::gateway {

namespace {

class BasicAuth final : public Plugin {
 public:
  BasicAuth(const policy::BasicAuthConfig& config, const PluginEnvironment& environment)
      : config_(config),
        consumers_(environment.consumers),
        gate_(config.anonymous, true, environment.consumers),
        challenge_("Basic realm=\"" + config.realm + "\"") {}

  http::Verdict access(Context& context) const override {
    if (gate_.lets_pass(context)) return AuthenticationGate::pass(context);
    Given given = take(context, "Proxy-Authorization");
    bool by_authorization = false;
    if (!is_unknown(given) && (!given || !consumers_.knows_basic(given->username))) {
      // Where there are no others those of nobody are looked up too, which takes as long as a wrong password.
      const Given others = take(context, "Authorization");
      if (others || is_unknown(others)) {
        given = others;
        by_authorization = true;
      }
    }
    // Nobody knows whose they are: the request is not to go on as anybody.
    if (is_unknown(given)) return answer_unexpected(context);
    const BasicCredential* const credential = given ? consumers_.find_basic(given->username, given->password) : nullptr;
    if (credential != nullptr) {
      return authenticate(context, credential->consumer, credential->id, credential->policy->username,
                          by_authorization);
    }
    if (gate_.has_anonymous()) return gate_.admit_anonymous(context);
    return refuse(context);
  }

 private:
  using Given = Result<BasicCredentials, BasicFault>;

  static bool is_unknown(const Given& given) { return !given && given.error() == BasicFault::kNoMemory; }

  // What the header says, and the header itself goes where it is to be hidden, good or not.
  Given take(Context& context, std::string_view name) const {
    http::HeaderMap& headers = context.http.request.headers;
    const std::optional<std::string_view> value = headers.find(name);
    if (!value) return BasicFault::kNone;
    if (config_.hide_credentials) headers.remove(name);
    return parse_basic_credentials(context.http.arena, *value);
  }

  http::Verdict refuse(Context& context) const {
    context.http.worker.count(Counter::kGatewayUnauthenticated);
    if (!context.http.answer.head.headers.set("WWW-Authenticate", challenge_)) return answer_unexpected(context);
    return answer_error(context.http, 401, "Unauthorized");
  }

  const policy::BasicAuthConfig& config_;
  const Consumers& consumers_;
  const AuthenticationGate gate_;
  const std::string challenge_;
};

}  // namespace

MadePlugin make_plugin(const policy::BasicAuthConfig& config, const PluginEnvironment& environment) {
  return made<BasicAuth>(config, environment);
}

}  // namespace sluice::gateway
