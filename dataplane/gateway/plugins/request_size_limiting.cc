#include "gateway/plugins/request_size_limiting.h"

#include <algorithm>

#include "gateway/errors.h"
#include "gateway/plugins/made.h"

namespace sluice::gateway {

namespace {

constexpr std::string_view kTooLarge = "Request size limit exceeded";

class RequestSizeLimiting final : public Plugin {
 public:
  explicit RequestSizeLimiting(const policy::RequestSizeLimitingConfig& config)
      : limit_bytes_(config.limit_bytes()), require_length_(config.require_content_length) {}

  http::Verdict access(Context& context) const override {
    const http::Request& request = context.http.request;
    switch (request.framing.kind) {
      case http::Framing::kLength:
        return exceeds(request.framing.length_bytes) ? refuse(context) : http::Verdict::kContinue;
      case http::Framing::kChunked:
        if (limit_bytes_ < 0) return refuse(context);
        limit_stream(context.http);
        return http::Verdict::kContinue;
      default:
        if (require_length_) return require_length(context);
        return exceeds(0) ? refuse(context) : http::Verdict::kContinue;
    }
  }

 private:
  bool exceeds(uint64_t bytes) const { return limit_bytes_ < 0 || bytes > static_cast<uint64_t>(limit_bytes_); }

  static http::Verdict refuse(Context& context) {
    context.http.worker.count(Counter::kGatewayBodyTooLarge);
    return answer_error(context.http, status_for(context.http), kTooLarge);
  }

  static http::Verdict require_length(Context& context) {
    context.http.worker.count(Counter::kGatewayLengthRequired);
    return answer_error(context.http, 411, "A valid Content-Length header is required");
  }

  static uint16_t status_for(const http::RequestContext& http) { return http.request.expects_continue ? 417 : 413; }

  void limit_stream(http::RequestContext& http) const {
    http.body_limit.bytes = std::min(http.body_limit.bytes, static_cast<uint64_t>(limit_bytes_));
    http.body_limit.status = status_for(http);
    http.body_limit.message = kTooLarge;
  }

  const int64_t limit_bytes_;
  const bool require_length_;
};

}  // namespace

MadePlugin make_plugin(const policy::RequestSizeLimitingConfig& config, const PluginEnvironment&) {
  return made<RequestSizeLimiting>(config);
}

}  // namespace sluice::gateway
