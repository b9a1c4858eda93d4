#include "gateway/plugins/request_termination.h"

#include <optional>
#include <string>
#include <string_view>

#include "gateway/errors.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/header_name.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/query.h"
#include "gateway/plugins/request_echo.h"

namespace sluice::gateway {

namespace {

// What Kong says where the configuration has no message; other statuses are answered without a body.
std::string_view message_for(uint16_t status) {
  switch (status) {
    case 401:
      return "Unauthorized";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 500:
      return "An unexpected error occurred";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service unavailable";
    default:
      return {};
  }
}

class RequestTermination final : public Plugin {
 public:
  explicit RequestTermination(const policy::RequestTerminationConfig& config)
      : config_(config), message_(config.message ? *config.message : message_for(config.status_code)) {
    if (config.trigger) trigger_.emplace(*config.trigger);
    if (config.echo) echo_.emplace();
  }

  size_t reads_body(const Context& context) const override {
    return echo_ && (!trigger_ || is_triggered(context)) ? RequestEcho::kMostBodyBytes : 0;
  }

  http::Verdict access(Context& context) const override {
    if (trigger_ && !is_triggered(context)) return http::Verdict::kContinue;
    context.http.worker.count(Counter::kGatewayTerminated);
    const uint16_t status = config_.status_code;
    if (echo_) return answer_echo(context);
    if (config_.body) {
      return answer_body(context.http, status, config_.content_type ? *config_.content_type : std::string_view(),
                         *config_.body);
    }
    return message_.data() == nullptr ? answer_body(context.http, status, {}, {})
                                      : answer_message(context.http, status, message_);
  }

 private:
  bool is_triggered(const Context& context) const {
    return trigger_->find(context.http.request.headers) ||
           find_argument(context.http.arena, context.upstream.query, trigger_->text()).count > 0;
  }

  http::Verdict answer_echo(Context& context) const {
    const std::string_view json = echo_->describe(context, message_);
    return json.data() == nullptr ? answer_unexpected(context) : answer_json(context.http, config_.status_code, json);
  }

  const policy::RequestTerminationConfig& config_;
  const std::string_view message_;  // data() == nullptr: none
  std::optional<HeaderName> trigger_;
  std::optional<RequestEcho> echo_;
};

}  // namespace

MadePlugin make_plugin(const policy::RequestTerminationConfig& config, const PluginEnvironment&) {
  return made<RequestTermination>(config);
}

}  // namespace sluice::gateway
