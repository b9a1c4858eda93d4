#include "logs/record_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "logs/json_line.h"

namespace sluice::control {

namespace {

std::string timestamp(WallTime t) {
  const auto us = t.ns / 1'000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(static_cast<time_t>(us / 1'000'000)), us % 1'000'000);
}

// An entity that took part: null when none did.
template <size_t N>
void add_entity(JsonLine& line, const char* name, const std::array<uint8_t, 16>& id, const LogText<N>& called) {
  if (id == std::array<uint8_t, 16>{}) return line.null(name);
  line.begin(name);
  line.uuid("id", id);
  line.text("name", called.view());
  line.end();
}

void add_endpoint(JsonLine& line, const char* name, const Endpoint& e) {
  const std::string address = e.address.to_string();
  line.text(name, e.address.is_v4() ? fmt::format("{}:{}", address, e.port.value)
                                    : fmt::format("[{}]:{}", address, e.port.value));
}

void begin(JsonLine& line, const char* log, const RecordHeader& h) {
  line.text("log", log);
  line.text("schema", kLogSchemaVersion);
  line.text("time", timestamp(h.started));
  line.number("worker", h.worker.value);
  line.number("sequence", h.sequence);
  line.text("request_id", {h.request_id.data(), h.request_id.size()});
  line.hex("policy", h.policy_fingerprint);
  line.number("generation", h.policy_generation);
}

void add_failure(JsonLine& line, const RecordFailure& failure) {
  if (!failure.failed) return;
  static constexpr std::array<const char*, 3> kSides = {"self", "client", "origin"};
  line.begin("failure");
  line.text("reason", kCounterInfo[static_cast<size_t>(failure.reason)].metric);
  line.text("side", kSides[static_cast<size_t>(failure.side)]);
  line.end();
}

// A stage takes less than a microsecond or a few: its time is told with its fraction.
void add_fine_us(JsonLine& line, const char* name, Duration d) {
  line.thousandths(name, static_cast<uint64_t>(std::max<int64_t>(d.ns, 0)));
}

void add_us(JsonLine& line, const char* name, Duration d) {
  line.number(name, static_cast<uint64_t>(std::max<int64_t>(d.us(), 0)));
}

template <size_t N>
void add_text(JsonLine& line, const char* name, const LogText<N>& text) {
  line.text(name, text.view());
  if (text.truncated()) line.number(std::string(name) + "_bytes", text.full_size());
}

void add_outcome(JsonLine& line, uint16_t status, AnsweredBy by, Ending ending) {
  line.number("status", status);
  line.text("answered_by", kAnsweredByNames[static_cast<size_t>(by)]);
  line.text("ending", kEndingNames[static_cast<size_t>(ending)]);
}

}  // namespace

void append_json(std::string& out, const EdgeRecord& r) {
  JsonLine line(out);
  begin(line, "edge", r.header);
  add_endpoint(line, "peer", r.peer);
  add_endpoint(line, "local", r.local);
  line.text("client", r.client_address.to_string());
  line.text("scheme", r.secure ? "https" : "http");
  line.text("version", r.version_minor == 0 ? "1.0" : "1.1");
  add_text(line, "method", r.method);
  add_text(line, "host", r.host);
  add_text(line, "path", r.path);
  add_outcome(line, r.status, r.answered_by, r.ending);
  line.number("request_bytes", r.request_body_bytes);
  line.number("response_bytes", r.response_body_bytes);
  r.token_verified ? line.text("token", r.token_algorithm.view()) : line.null("token");
  add_fine_us(line, "edge_us", r.edge_time);
  add_fine_us(line, "gateway_us", r.gateway_time);
  add_us(line, "upstream_us", r.upstream_time);
  add_us(line, "total_us", r.total_time);
  add_failure(line, r.failure);
}

void append_json(std::string& out, const GatewayRecord& r) {
  JsonLine line(out);
  begin(line, "gateway", r.header);
  add_text(line, "method", r.method);
  add_text(line, "host", r.host);
  add_text(line, "path", r.path);
  add_text(line, "upstream_path", r.upstream_path);
  add_entity(line, "route", r.route_id, r.route_name);
  add_entity(line, "service", r.service_id, r.service_name);
  add_entity(line, "consumer", r.consumer_id, r.consumer_name);
  line.text("credential", r.credential_id.view());
  r.origin.port.value == 0 ? line.null("origin") : add_endpoint(line, "origin", r.origin);
  line.number("tries", r.tries);
  line.number("origin_status", r.origin_status);
  add_outcome(line, r.status, r.answered_by, r.ending);
  add_fine_us(line, "gateway_us", r.gateway_time);
  add_us(line, "connect_us", r.connect_time);
  add_us(line, "first_byte_us", r.first_byte_time);
  add_us(line, "upstream_us", r.upstream_time);
  add_us(line, "total_us", r.total_time);
  add_failure(line, r.failure);
}

}  // namespace sluice::control
