// opentelemetry: a span a request, the trace in and out in the formats of TracePropagation, OTLP over HTTP.
// Kong 3.9.1's fields and defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/endpoint_url.h"
#include "sluice/policy/plugins/log_queue.h"
#include "sluice/policy/plugins/plugin_info.h"
#include "sluice/policy/plugins/trace_propagation.h"
#include "sluice/policy/secret.h"
#include "sluice/units.h"

namespace sluice::policy {

struct OpentelemetryConfig {
  static constexpr PluginInfo kPlugin{.name = "opentelemetry", .priority = 14};

  Secret traces_endpoint;  // empty: none
  Secret logs_endpoint;    // taken beside the other; nothing is sent there
  std::vector<NamedSecret> headers;
  std::vector<NamedValue> resource_attributes;
  LogQueue queue{.max_batch_size = 200};
  // Of Kong before 3.4.
  std::optional<int64_t> batch_span_count;
  std::optional<int64_t> batch_flush_delay_s;
  Duration connect_timeout = Duration::seconds(1);
  Duration send_timeout = Duration::seconds(5);
  Duration read_timeout = Duration::seconds(5);
  std::optional<std::string> http_response_header_for_traceid;
  TraceHeaderType header_type = TraceHeaderType::kPreserve;
  std::optional<double> sampling_rate;
  TracePropagation propagation;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("traces_endpoint", s.traces_endpoint, {.help = "where spans are sent: http:// or https://"});
    visit("endpoint", s.traces_endpoint, {.help = "older name of traces_endpoint", .shorthand_of = "traces_endpoint"});
    visit("logs_endpoint", s.logs_endpoint,
          {.help = "where Kong sends what its Lua logs: taken beside traces_endpoint, and nothing is sent there"});
    visit("headers", s.headers,
          {.help = "further headers",
           .text = TextKind::kHeaderName,
           .value = TextKind::kHeaderValue,
           .empty_is_null = true});
    visit("resource_attributes", s.resource_attributes,
          {.help = "of the resource; service.name is kong where not given", .map = true, .empty_is_null = true});
    visit("queue", s.queue, {.help = "how spans wait", .own_defaults = true});
    visit("batch_span_count", s.batch_span_count, {.help = "older name of queue.max_batch_size"});
    visit("batch_flush_delay", s.batch_flush_delay_s, {.help = "older name of queue.max_coalescing_delay, seconds"});
    visit("connect_timeout", s.connect_timeout,
          {.help = "limit of connecting, ms", .unit = Unit::kMilliseconds, .least = 0, .most = 2147483646});
    visit("send_timeout", s.send_timeout,
          {.help = "limit of sending, ms", .unit = Unit::kMilliseconds, .least = 0, .most = 2147483646});
    visit("read_timeout", s.read_timeout,
          {.help = "limit of waiting for the answer, ms", .unit = Unit::kMilliseconds, .least = 0, .most = 2147483646});
    visit("http_response_header_for_traceid", s.http_response_header_for_traceid,
          {.help = "header of the answer that tells the trace", .text = TextKind::kHeaderName});
    visit("header_type", s.header_type,
          {.help = "older than propagation, which counts where it says anything; ignore: no caller is believed"});
    visit(
        "sampling_rate", s.sampling_rate,
        {.help = "share of the traces that are exported, unless their caller does not sample", .least = 0, .most = 1});
    visit("propagation", s.propagation, {.help = "how the trace comes in and goes on"});
  }

  // The queue, with what the older fields say of it: as with Kong, what was their default says nothing.
  LogQueue effective_queue() const {
    LogQueue effective = queue;
    if (batch_span_count && *batch_span_count != 200) effective.max_batch_size = clamped_batch(*batch_span_count);
    if (batch_flush_delay_s && *batch_flush_delay_s != 3) {
      effective.max_coalescing_delay = clamped_delay(static_cast<double>(*batch_flush_delay_s));
    }
    return effective;
  }

  // The formats, as the older field says them where `propagation` says nothing.
  TracePropagation effective_propagation() const {
    return propagation.is_given() ? propagation : TracePropagation::of(header_type, propagation.default_format);
  }

  void check(Complaints& complaints) const {
    using Given = Complaints::Given;
    constexpr const char* kSpansAlone =
        "Sluice exports spans alone: its own logs go to the files that the node file names under logs";
    const bool traces =
        complaints.given("traces_endpoint") != Given::kNot || complaints.given("endpoint") != Given::kNot;
    const bool logs = complaints.given("logs_endpoint") != Given::kNot;
    if (!traces && !logs) {
      complaints.entity("at least one of these fields must be non-empty: 'traces_endpoint', 'logs_endpoint'");
      return;
    }
    check_endpoint("traces_endpoint", traces_endpoint, complaints);
    check_endpoint("logs_endpoint", logs_endpoint, complaints);
    if (logs && !traces) complaints.field("logs_endpoint", kSpansAlone);
    if (logs && traces) complaints.warn("logs_endpoint", kSpansAlone);
  }

 private:
  static void check_endpoint(std::string_view field, const Secret& url, Complaints& complaints) {
    if (url.empty()) return;  // what is given and cannot be taken was complained of
    const std::string_view problem = endpoint_problem(url.reveal());
    if (!problem.empty()) complaints.field(field, std::string(problem));
  }
};

}  // namespace sluice::policy
