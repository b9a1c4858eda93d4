#include "gateway/plugins/redirect.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "gateway/errors.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"
#include "gateway/text.h"
#include "http/url.h"

namespace sluice::gateway {

namespace {

class Redirect final : public Plugin {
 public:
  explicit Redirect(const policy::RedirectConfig& config) : config_(config) {
    const std::string_view location = config.location;
    const size_t path = std::min(location.find_first_of("/?#", location.find("://") + 3), location.size());
    origin_ = location.substr(0, path);
    fragment_ = location.substr(std::min(location.find('#'), location.size()));
  }

  http::Verdict access(Context& context) const override {
    const std::string_view location = config_.keep_incoming_path ? with_incoming_path(context) : config_.location;
    if (location.data() == nullptr || !context.http.answer.head.headers.set("Location", location)) {
      return answer_unexpected(context);
    }
    context.http.worker.count(Counter::kGatewayRedirected);
    return answer_body(context.http, config_.status_code, {}, "redirecting");
  }

 private:
  // data() == nullptr: out of memory.
  std::string_view with_incoming_path(Context& context) const {
    const http::Request& request = context.http.request;
    Arena& arena = context.http.arena;
    return concat(arena, {origin_, http::escape_path(arena, context.path), request.query.empty() ? "" : "?",
                          request.query.empty() ? "" : request.query, fragment_});
  }

  const policy::RedirectConfig& config_;
  std::string_view origin_;    // of the location: scheme and authority
  std::string_view fragment_;  // of the location, with its '#'
};

}  // namespace

MadePlugin make_plugin(const policy::RedirectConfig& config, const PluginEnvironment&) {
  return made<Redirect>(config);
}

}  // namespace sluice::gateway
