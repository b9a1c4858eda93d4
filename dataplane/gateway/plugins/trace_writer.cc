#include "gateway/plugins/trace_writer.h"

#include "gateway/plugins/trace_ids.h"

namespace sluice::gateway {

namespace {

using http::HeaderMap;

std::string_view decision(const TraceContext& trace) {
  return trace.sampled ? "1" : "0";
}

bool set(HeaderMap& headers, std::string_view name, const IdText& value) {
  return headers.set_copy(name, value.view());
}

bool write_b3(const TraceContext& trace, bool debug, HeaderMap& headers) {
  constexpr std::string_view kParent = "x-b3-parentspanid";
  if (!trace.has_parent()) headers.remove(kParent);
  return set(headers, "x-b3-traceid", IdText().add_hex(trace.id_in(TraceFormat::kB3))) &&
         set(headers, "x-b3-spanid", IdText().add_hex(trace.span_id)) &&
         (!trace.has_parent() || set(headers, kParent, IdText().add_hex(trace.parent_id))) &&
         headers.set(debug ? "x-b3-flags" : "x-b3-sampled", debug ? "1" : decision(trace));
}

bool write_single_b3(const TraceContext& trace, bool debug, HeaderMap& headers) {
  IdText text;
  text.add_hex(trace.id_in(TraceFormat::kB3Single)).add("-").add_hex(trace.span_id);
  text.add("-").add(debug ? "d" : decision(trace));
  if (trace.has_parent()) text.add("-").add_hex(trace.parent_id);
  return set(headers, "b3", text);
}

bool write_w3c(const TraceContext& trace, HeaderMap& headers) {
  IdText text;
  text.add("00-").add_hex(trace.trace_id).add("-").add_hex(trace.span_id).add("-0").add(decision(trace));
  return set(headers, "traceparent", text);
}

bool write_jaeger(const TraceContext& trace, HeaderMap& headers) {
  IdText text;
  text.add_hex(trace.id_in(TraceFormat::kJaeger)).add(":").add_hex(trace.span_id).add(":");
  if (trace.has_parent()) {
    text.add_hex(trace.parent_id);
  } else {
    text.add("0");
  }
  return set(headers, "uber-trace-id", text.add(":0").add(decision(trace)));
}

bool write_ot(const TraceContext& trace, HeaderMap& headers) {
  return set(headers, "ot-tracer-traceid", IdText().add_hex(trace.id_in(TraceFormat::kOt))) &&
         set(headers, "ot-tracer-spanid", IdText().add_hex(trace.span_id)) &&
         headers.set("ot-tracer-sampled", decision(trace));
}

bool write_datadog(const TraceContext& trace, HeaderMap& headers) {
  return set(headers, "x-datadog-trace-id", IdText().add_decimal(trace.trace_id)) &&
         set(headers, "x-datadog-parent-id", IdText().add_decimal(trace.span_id)) &&
         headers.set("x-datadog-sampling-priority", decision(trace));
}

bool write_aws(const TraceContext& trace, HeaderMap& headers) {
  const std::span<const uint8_t> id(trace.trace_id);
  IdText text;
  text.add("Root=1-").add_hex(id.first(4)).add("-").add_hex(id.subspan(4));
  text.add(";Parent=").add_hex(trace.span_id).add(";Sampled=").add(decision(trace));
  return set(headers, "x-amzn-trace-id", text);
}

bool write_gcp(const TraceContext& trace, HeaderMap& headers) {
  IdText text;
  text.add_hex(trace.trace_id).add("/").add_decimal(trace.span_id).add(";o=").add(decision(trace));
  return set(headers, "x-cloud-trace-context", text);
}

}  // namespace

bool write_trace(TraceFormat format, const TraceContext& trace, bool debug, HeaderMap& headers) {
  switch (format) {
    case TraceFormat::kB3:
      return write_b3(trace, debug, headers);
    case TraceFormat::kB3Single:
      return write_single_b3(trace, debug, headers);
    case TraceFormat::kW3c:
      return write_w3c(trace, headers);
    case TraceFormat::kJaeger:
      return write_jaeger(trace, headers);
    case TraceFormat::kOt:
      return write_ot(trace, headers);
    case TraceFormat::kAws:
      return write_aws(trace, headers);
    case TraceFormat::kGcp:
      return write_gcp(trace, headers);
    case TraceFormat::kDatadog:
      return write_datadog(trace, headers);
  }
  return true;
}

}  // namespace sluice::gateway
