#include "gateway/plugins/opentelemetry.h"

#include "gateway/plugins/failures.h"
#include "gateway/plugins/made.h"
#include "gateway/plugins/place.h"
#include "gateway/plugins/trace_baggage.h"
#include "gateway/plugins/trace_ids.h"
#include "gateway/plugins/trace_reader.h"
#include "gateway/plugins/trace_span.h"
#include "gateway/plugins/trace_writer.h"

namespace sluice::gateway {

namespace {

class Opentelemetry final : public Plugin {
 public:
  Opentelemetry(const policy::OpentelemetryConfig& config, const PluginEnvironment& environment)
      : config_(config), propagation_(config.effective_propagation()), place_(place_of(environment)) {}

  http::Verdict access(Context& context) const override {
    const std::optional<CallersTrace> caller = begin(context);
    http::HeaderMap& headers = context.http.request.headers;
    http::HeaderMap baggage(context.http.arena);
    if (caller && !read_baggage(caller->format, headers, context.http.arena, baggage)) {
      return answer_unexpected(context);
    }
    if (propagation_.clear) {
      for (const std::string& name : *propagation_.clear) headers.remove(name);
    }
    return continue_if(inject(context, caller, baggage), context);
  }

  void header_filter(Context& context, http::Response& response) const override {
    if (!config_.http_response_header_for_traceid || !context.trace.begun) return;
    note_edit(context, response.headers.add_copy(*config_.http_response_header_for_traceid,
                                                 IdText().add_hex(context.trace.trace_id).view()));
  }

  // A request that another plugin answered before this one's turn is a span too.
  std::optional<uint32_t> sink(Context& context) const override {
    if (!context.trace.begun) begin(context);
    return context.trace.sampled ? std::optional(place_) : std::nullopt;
  }

 private:
  std::optional<CallersTrace> begin(Context& context) const {
    const std::optional<CallersTrace> caller = caller_of(context);
    context.trace = begin_span(context.http.worker.random, caller, config_.sampling_rate.value_or(1));
    return caller;
  }

  // What the first source tells that is there.
  std::optional<CallersTrace> caller_of(const Context& context) const {
    if (!propagation_.extract) return std::nullopt;
    for (const policy::TraceSource source : *propagation_.extract) {
      const TraceReading reading = read_trace(source, context.http.request.headers);
      if (reading.malformed) context.http.worker.count(Counter::kGatewayTraceMalformed);
      if (reading.trace) return reading.trace;
    }
    return std::nullopt;
  }

  bool inject(Context& context, const std::optional<CallersTrace>& caller, const http::HeaderMap& baggage) const {
    if (!propagation_.inject) return true;
    http::HeaderMap& headers = context.http.request.headers;
    for (const policy::TraceInjection injection : *propagation_.inject) {
      const TraceFormat format = format_of(injection, caller);
      // What another trace's tracestate says is not true of ours (W3C Trace Context 3.3).
      const bool others_state = format == TraceFormat::kW3c && (!caller || caller->format != TraceFormat::kW3c);
      if (others_state) headers.remove("tracestate");
      const bool done = write_trace(format, context.trace, caller && caller->debug, headers) &&
                        write_baggage(format, baggage, context.http.arena, headers);
      if (!done) return false;
      context.trace.add_told(format);
    }
    return true;
  }

  TraceFormat format_of(policy::TraceInjection injection, const std::optional<CallersTrace>& caller) const {
    if (injection != policy::TraceInjection::kPreserve) return policy::format_of(injection);
    return caller ? caller->format : propagation_.default_format;
  }

  const policy::OpentelemetryConfig& config_;
  const policy::TracePropagation propagation_;
  const uint32_t place_;
};

}  // namespace

MadePlugin make_plugin(const policy::OpentelemetryConfig& config, const PluginEnvironment& environment) {
  return made<Opentelemetry>(config, environment);
}

}  // namespace sluice::gateway
