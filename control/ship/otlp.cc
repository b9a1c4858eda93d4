#include "ship/otlp.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr int kServerSpan = 2;   // SPAN_KIND_SERVER
constexpr int kStatusError = 2;  // STATUS_CODE_ERROR

json attribute(const char* name, std::string_view value) {
  return {{"key", name}, {"value", {{"stringValue", std::string(value)}}}};
}

// 64-bit numbers are texts in the JSON of Protocol Buffers.
json attribute(const char* name, int64_t value) {
  return {{"key", name}, {"value", {{"intValue", std::to_string(value)}}}};
}

template <size_t N>
std::string hex(const std::array<uint8_t, N>& bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json attributes_of(const AccessFacts& facts) {
  const AccessRecord& r = facts.record;
  const std::string host = facts.host_name();
  const bool has_path = facts.route != nullptr && !facts.route->paths.empty();
  json all = {attribute("http.method", facts.method),
              attribute("http.url", fmt::format("{}://{}{}", facts.scheme(), host, facts.target)),
              attribute("http.host", host),
              attribute("http.scheme", facts.scheme()),
              attribute("http.flavor", fmt::format("1.{}", r.version_minor)),
              attribute("http.route", has_path ? facts.route->paths.front() : ""),
              attribute("http.status_code", int64_t{r.status}),
              attribute("http.client_ip", r.client_address.to_string()),
              attribute("net.peer.ip", r.peer_address.to_string()),
              attribute("kong.request.id", std::string_view(r.header.request_id.data(), r.header.request_id.size()))};
  if (facts.service != nullptr) all.push_back(attribute("kong.service", facts.service->name.value_or("")));
  if (facts.consumer != nullptr) all.push_back(attribute("kong.consumer", facts.consumer->username.value_or("")));
  if (r.tries > 0) {
    const Endpoint& origin = facts.last_try().origin;
    all.push_back(attribute("net.upstream.ip", origin.address.to_string()));
    all.push_back(attribute("net.upstream.port", int64_t{origin.port.value}));
    all.push_back(attribute("kong.upstream.tries", int64_t{r.tries}));
  }
  return all;
}

}  // namespace

std::string otlp_span(const AccessFacts& facts) {
  const AccessRecord& r = facts.record;
  json span = {{"traceId", hex(r.trace.trace_id)},
               {"spanId", hex(r.trace.span_id)},
               {"name", "kong"},
               {"kind", kServerSpan},
               {"startTimeUnixNano", std::to_string(r.header.started.ns)},
               {"endTimeUnixNano", std::to_string(r.header.started.ns + r.total_time.ns)},
               {"attributes", attributes_of(facts)},
               {"status", json::object()}};
  if (r.trace.has_parent()) span["parentSpanId"] = hex(r.trace.parent_id);
  if (r.status >= 500 || r.status == 0) span["status"]["code"] = kStatusError;
  return dump(span);
}

std::string otlp_resource(const policy::OpentelemetryConfig& config, const ProcessIdentity& process) {
  json attributes = json::array();
  for (const policy::NamedValue& a : config.resource_attributes) {
    attributes.push_back(attribute(a.name.c_str(), std::string_view(a.value)));
  }
  const std::pair<const char*, std::string_view> own[] = {
      {"service.name", "kong"}, {"service.instance.id", process.id}, {"service.version", process.version}};
  for (const auto& [name, value] : own) {
    const auto is_own = [name = std::string_view(name)](const policy::NamedValue& a) { return a.name == name; };
    if (std::ranges::none_of(config.resource_attributes, is_own)) attributes.push_back(attribute(name, value));
  }
  return dump({{"attributes", attributes}});
}

std::string otlp_body(const std::string& resource, const std::vector<std::string>& spans) {
  return fmt::format(
      R"({{"resourceSpans":[{{"resource":{},"scopeSpans":[{{"scope":{{"name":"kong-internal","version":"0.1.0"}},)"
      R"("spans":[{}]}}]}}]}})",
      resource, fmt::join(spans, ","));
}

}  // namespace sluice::control
