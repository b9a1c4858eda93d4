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
        return request.framing.length_bytes > limit_bytes_ ? refuse(context) : http::Verdict::kContinue;
      case http::Framing::kChunked:
        limit_stream(context.http);
        return http::Verdict::kContinue;
      default:
        return require_length_ ? require_length(context) : http::Verdict::kContinue;
    }
  }

 private:
  static http::Verdict refuse(Context& context) {
    context.http.worker.count(Counter::kGatewayBodyTooLarge);
    return answer_error(context.http, context.http.request.expects_continue ? 417 : 413, kTooLarge);
  }

  static http::Verdict require_length(Context& context) {
    context.http.worker.count(Counter::kGatewayLengthRequired);
    return answer_error(context.http, 411, "A valid Content-Length header is required");
  }

  void limit_stream(http::RequestContext& http) const {
    http.body_limit.bytes = std::min(http.body_limit.bytes, limit_bytes_);
    http.body_limit.message = kTooLarge;
  }

  const uint64_t limit_bytes_;
  const bool require_length_;
};

}  // namespace

MadePlugin make_plugin(const policy::RequestSizeLimitingConfig& config, const PluginEnvironment&) {
  return made<RequestSizeLimiting>(config);
}

}  // namespace sluice::gateway
