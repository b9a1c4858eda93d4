// What plugins and the gateway read of a request's headers and query besides what other targets read: traces,
// Accept, media types, Origin, X-Forwarded-For, arguments. What is found lies within what was sent, what is written is
// read again.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/error_type.h"
#include "gateway/forwarded.h"
#include "gateway/plugins/cors_origin.h"
#include "gateway/plugins/media_type.h"
#include "gateway/plugins/query.h"
#include "gateway/plugins/trace_ids.h"
#include "gateway/plugins/trace_span.h"
#include "gateway/plugins/trace_writer.h"
#include "support/test_worker.h"

namespace {

using namespace sluice;

void check(bool holds) {
  if (!holds) std::abort();
}

// The text as every header of every source; what was understood is written in every format and read again.
void traces(test::TestWorker& worker, Arena& arena, std::string_view text) {
  http::HeaderMap headers(arena);
  for (const std::string_view name :
       {"b3", "tracestate", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags", "traceparent", "uber-trace-id",
        "ot-tracer-traceid", "ot-tracer-spanid", "ot-tracer-sampled", "ot-baggage-", "x-datadog-trace-id",
        "x-datadog-parent-id", "x-datadog-sampling-priority", "x-amzn-trace-id", "x-cloud-trace-context"}) {
    check(headers.add(name, text));
  }
  for (size_t i = 0; i < policy::names_of(policy::TraceSource{}).size(); ++i) {
    const auto caller = gateway::read_trace(static_cast<policy::TraceSource>(i), headers).trace;
    const TraceContext span = gateway::begin_span(worker.random, caller, 1);
    check(!caller || caller->id_bytes == 0 || span.trace_id == caller->trace_id);
    check(!gateway::is_zero(span.trace_id) && !gateway::is_zero(span.span_id));
    for (size_t format = 0; format < kTraceFormats; ++format) {
      http::HeaderMap written(arena);
      check(gateway::write_trace(static_cast<TraceFormat>(format), span, false, written));
    }
    http::HeaderMap again(arena);
    check(gateway::write_trace(TraceFormat::kW3c, span, false, again));
    const auto reading = gateway::read_trace(policy::TraceSource::kW3c, again).trace;
    check(reading && reading->trace_id == span.trace_id && reading->span_id == span.span_id);
  }
}

void accept(Arena& arena, std::string_view text) {
  http::HeaderMap headers(arena);
  check(headers.add("Accept", text));
  const gateway::ErrorType type = gateway::preferred_type(headers, "Accept");
  check((type == gateway::ErrorType::kGrpc) == gateway::content_type(type).empty());
}

void media_types(std::string_view text) {
  const std::string_view pattern = text.substr(0, text.find('\n'));
  const std::string_view type = text.substr(std::min(text.size(), pattern.size() + 1));
  if (gateway::matches_media_type(pattern, type)) check(!pattern.empty() && !type.empty());
}

void origin(Arena& arena, std::string_view text) {
  const gateway::NormalOrigin normal = gateway::normalise_origin(arena, text);
  check(normal.text.data() != nullptr && normal.text.size() <= text.size());
  check(normal.text.find(normal.host) != std::string_view::npos);
  const gateway::NormalOrigin again = gateway::normalise_origin(arena, normal.text);
  check(again.text.size() <= normal.text.size());
}

void forwarded_for(Arena& arena, std::string_view text) {
  static const std::array<Cidr, 1> kTrusted = {Cidr::parse("10.0.0.0/8").value()};
  const Endpoint peer{IpAddress::parse("10.0.0.1").value(), Port{1}};
  for (const bool recursive : {false, true}) {
    const gateway::TrustedProxies trusted{
        .addresses = match::CidrSet(kTrusted), .real_ip_header = "X-Forwarded-For", .recursive = recursive};
    http::Request request(arena);
    check(request.headers.add("X-Forwarded-For", text));
    const http::ClientInfo client = gateway::resolve_client(trusted, request, peer, {}, false);
    check(client.peer_trusted && IpAddress::parse(client.address.to_string()) == client.address);
  }
}

void query(Arena& arena, std::string_view text) {
  const std::string_view name = text.substr(0, text.find('\n'));
  const std::string_view rest = text.substr(std::min(text.size(), name.size() + 1));
  const std::string_view without = gateway::remove_argument(arena, rest, name);
  check(without.data() != nullptr && gateway::find_argument(arena, without, name).count == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static test::TestWorker worker;
  Arena arena(worker.blocks);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  traces(worker, arena, text);
  accept(arena, text);
  media_types(text);
  origin(arena, text);
  forwarded_for(arena, text);
  query(arena, text);
  return 0;
}
