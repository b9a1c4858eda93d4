#include "gateway/plugins/opentelemetry.h"

#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/place.h"
#include "gateway/trace_context.h"

namespace sluice::gateway {

namespace {

constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kTracestate = "tracestate";
constexpr double kRandomRange = 1 << 20;

class Opentelemetry final : public Plugin {
 public:
  Opentelemetry(const policy::OpentelemetryConfig& config, const PluginEnvironment& environment)
      : config_(config), place_(place_of(environment)) {}

  http::Verdict access(Context& context) const override {
    begin(context);
    TraceparentText text;
    http::HeaderMap& headers = context.http.request.headers;
    // What another trace's tracestate says is not true of ours (3.3).
    if (context.trace.begins_here()) headers.remove(kTracestate);
    return continue_if(headers.set_copy(kTraceparent, format_traceparent(context.trace, text)), context);
  }

  void header_filter(Context& context, http::Response& response) const override {
    if (!config_.http_response_header_for_traceid || !context.trace.begun) return;
    TraceIdText text;
    note_edit(context, response.headers.add_copy(*config_.http_response_header_for_traceid,
                                                 format_trace_id(context.trace, text)));
  }

  // A request that another plugin answered before this one's turn is a span too.
  std::optional<uint32_t> sink(Context& context) const override {
    if (!context.trace.begun) begin(context);
    return context.trace.sampled ? std::optional(place_) : std::nullopt;
  }

 private:
  void begin(Context& context) const {
    Random& random = context.http.worker.random;
    const std::optional<TraceContext> caller = caller_of(context);
    context.trace = begin_span(random, caller);
    if (!caller) {
      const auto drawn = static_cast<double>(random.below(static_cast<uint64_t>(kRandomRange)));
      context.trace.sampled = drawn < config_.sampling_rate.value_or(1) * kRandomRange;
    }
  }

  std::optional<TraceContext> caller_of(const Context& context) const {
    const std::optional<std::string_view> text = context.http.request.headers.find(kTraceparent);
    if (!text || config_.header_type == policy::TraceHeaderType::kIgnore) return std::nullopt;
    const std::optional<TraceContext> caller = parse_traceparent(*text);
    if (!caller) context.http.worker.count(Counter::kGatewayTraceparentBad);
    return caller;
  }

  const policy::OpentelemetryConfig& config_;
  const uint32_t place_;
};

}  // namespace

MadePlugin make_plugin(const policy::OpentelemetryConfig& config, const PluginEnvironment& environment) {
  return made<Opentelemetry>(config, environment);
}

}  // namespace sluice::gateway
