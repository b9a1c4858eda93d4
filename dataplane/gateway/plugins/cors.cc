#include "gateway/plugins/cors.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/errors.h"
#include "gateway/plugins/cors_origin.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/lua_number.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/plugin_notes.h"

namespace sluice::gateway {

namespace {

constexpr std::string_view kAllowOrigin = "Access-Control-Allow-Origin";

// Which origins a configuration allows, and so what the answer says.
enum class Allowed : uint8_t {
  kAll,   // "*"
  kOne,   // one literal origin, said whatever the request's is
  kStar,  // a list with "*" in it: "*" for requests that have an Origin
  kList,  // the request's own origin, when the list has it
};

// This request is a preflight request, so header_filter has nothing to add.
struct PreflightNote {};

std::string_view text_of(const std::string& text) {
  return text;
}
std::string_view text_of(policy::CorsMethod method) {
  return to_text(method);
}

template <typename Items>
std::string comma_list(const Items& items) {
  std::string list;
  for (const auto& item : items) {
    if (!list.empty()) list += ',';
    list += text_of(item);
  }
  return list;
}

Allowed allowed_by(const std::vector<std::string>& origins) {
  if (origins.empty() || (origins.size() == 1 && origins[0] == "*")) return Allowed::kAll;
  if (origins.size() == 1 && is_literal_origin(origins[0])) return Allowed::kOne;
  return std::ranges::find(origins, "*") != origins.end() ? Allowed::kStar : Allowed::kList;
}

class Cors final : public Plugin {
 public:
  Cors(const policy::CorsConfig& config, OriginList origins)
      : config_(config),
        allowed_(allowed_by(config.origins)),
        origins_(std::move(origins)),
        methods_(comma_list(config.methods)),
        headers_(comma_list(config.headers)),
        exposed_headers_(comma_list(config.exposed_headers)),
        max_age_(config.max_age_s ? number_text(*config.max_age_s) : "") {}

  http::Verdict access(Context& context) const override {
    const http::Request& request = context.http.request;
    const bool is_preflight = request.method == "OPTIONS" && request.headers.contains("Origin") &&
                              request.headers.contains("Access-Control-Request-Method");
    if (!is_preflight) return http::Verdict::kContinue;
    if (!keep_note(context, *this, PreflightNote{})) return answer_unexpected(context);
    if (config_.preflight_continue) return http::Verdict::kContinue;
    if (!answer_preflight(context)) return answer_unexpected(context);
    return answer_body(context.http, 200, {}, {});
  }

  void header_filter(Context& context, http::Response& response) const override {
    if (find_note<PreflightNote>(context, *this) != nullptr) return;
    http::HeaderMap& headers = response.headers;
    note_edit(context,
              set_origin(context, headers, Vary::kAdd) &&
                  (exposed_headers_.empty() || headers.set("Access-Control-Expose-Headers", exposed_headers_)));
  }

 private:
  // Beside a Vary of the origin, or instead of any.
  enum class Vary : uint8_t { kAdd, kSet };

  [[nodiscard]] bool answer_preflight(Context& context) const {
    const http::HeaderMap& asked = context.http.request.headers;
    http::HeaderMap& headers = context.http.answer.head.headers;
    const std::string_view allowed_headers =
        headers_.empty() ? asked.find("Access-Control-Request-Headers").value_or("") : headers_;
    const bool is_private = asked.find("Access-Control-Request-Private-Network") == "true";
    return set_origin(context, headers, Vary::kSet) &&
           (allowed_headers.empty() || headers.set("Access-Control-Allow-Headers", allowed_headers)) &&
           (methods_.empty() || headers.set("Access-Control-Allow-Methods", methods_)) &&
           (max_age_.empty() || headers.set("Access-Control-Max-Age", max_age_)) &&
           (!config_.private_network || !is_private || headers.set("Access-Control-Allow-Private-Network", "true"));
  }

  // Access-Control-Allow-Origin, Vary and Access-Control-Allow-Credentials.
  [[nodiscard]] bool set_origin(Context& context, http::HeaderMap& headers, Vary vary) const {
    const std::optional<std::string_view> origin = context.http.request.headers.find("Origin");
    if (allowed_ != Allowed::kAll && !set_vary(headers, vary)) return false;
    const std::string_view allowed = allowed_origin(context, origin);
    if (allowed.empty()) headers.remove(kAllowOrigin);
    if (!allowed.empty() && !headers.set(kAllowOrigin, allowed)) return false;
    return !config_.credentials || set_credentials(headers, vary, allowed, origin);
  }

  // Empty: none.
  std::string_view allowed_origin(Context& context, std::optional<std::string_view> origin) const {
    if (allowed_ == Allowed::kAll) return "*";
    if (allowed_ == Allowed::kOne) return config_.origins[0];
    if (!origin) return {};
    if (allowed_ == Allowed::kStar) return "*";
    const NormalOrigin normal = normalise_origin(context.http.arena, *origin);
    const match::Outcome listed = origins_.find(normal, *context.http.scratch);
    if (listed == match::Outcome::kGivenUp) context.http.worker.count(Counter::kGatewayMatchesGivenUp);
    return listed == match::Outcome::kFound ? normal.text : std::string_view();
  }

  // Credentials do not go together with "*": the request's own origin is named instead.
  [[nodiscard]] static bool set_credentials(http::HeaderMap& headers, Vary vary, std::string_view allowed,
                                            std::optional<std::string_view> origin) {
    if (allowed == "*") {
      if (!origin) return true;
      if (!set_vary(headers, vary) || !headers.set(kAllowOrigin, *origin)) return false;
    }
    return headers.set("Access-Control-Allow-Credentials", "true");
  }

  [[nodiscard]] static bool set_vary(http::HeaderMap& headers, Vary vary) {
    return vary == Vary::kAdd ? headers.add("vary", "Origin") : headers.set("vary", "Origin");
  }

  const policy::CorsConfig& config_;
  const Allowed allowed_;
  const OriginList origins_;
  const std::string methods_;
  const std::string headers_;
  const std::string exposed_headers_;
  const std::string max_age_;  // empty: none
};

}  // namespace

MadePlugin make_plugin(const policy::CorsConfig& config, const PluginEnvironment&) {
  if (allowed_by(config.origins) != Allowed::kList) return made<Cors>(config, OriginList());
  Result<OriginList, std::string> origins = OriginList::compile(config.origins);
  if (!origins) return origins.take_error();
  return made<Cors>(config, std::move(origins).value());
}

}  // namespace sluice::gateway
