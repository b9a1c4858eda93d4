#include "logs/record_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sluice::control {

namespace {

using nlohmann::ordered_json;

std::string timestamp(WallTime t) {
  const auto us = t.ns / 1'000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(static_cast<time_t>(us / 1'000'000)), us % 1'000'000);
}

template <size_t N>
std::string hex(const std::array<uint8_t, N>& bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string uuid(const std::array<uint8_t, 16>& id) {
  const std::string digits = hex(id);
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4),
                     digits.substr(16, 4), digits.substr(20));
}

// An entity that took part: null when none did.
template <size_t N>
ordered_json entity(const std::array<uint8_t, 16>& id, const LogText<N>& name) {
  if (id == std::array<uint8_t, 16>{}) return nullptr;
  return {{"id", uuid(id)}, {"name", std::string(name.view())}};
}

std::string endpoint(const Endpoint& e) {
  const std::string address = e.address.to_string();
  return e.address.is_v4() ? fmt::format("{}:{}", address, e.port.value)
                           : fmt::format("[{}]:{}", address, e.port.value);
}

ordered_json begin(const char* log, const RecordHeader& h) {
  return {{"log", log},
          {"schema", kLogSchemaVersion},
          {"time", timestamp(h.started)},
          {"worker", h.worker.value},
          {"sequence", h.sequence},
          {"request_id", std::string(h.request_id.data(), h.request_id.size())},
          {"policy", hex(h.policy_fingerprint)},
          {"generation", h.policy_generation}};
}

void add_failure(ordered_json& line, const RecordFailure& failure) {
  if (!failure.failed) return;
  static constexpr std::array<const char*, 3> kSides = {"self", "client", "origin"};
  line["failure"] = {{"reason", std::string(kCounterInfo[static_cast<size_t>(failure.reason)].metric)},
                     {"side", kSides[static_cast<size_t>(failure.side)]}};
}

// A stage takes less than a microsecond or a few: its time is told with its fraction.
double fine_us(Duration d) {
  return static_cast<double>(d.ns) / 1e3;
}

template <size_t N>
void add_text(ordered_json& line, const char* name, const LogText<N>& text) {
  line[name] = std::string(text.view());
  if (text.truncated()) line[std::string(name) + "_bytes"] = text.full_size();
}

void finish(std::string& out, const ordered_json& line) {
  out += line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  out += '\n';
}

}  // namespace

void append_json(std::string& out, const EdgeRecord& r) {
  ordered_json line = begin("edge", r.header);
  line["peer"] = endpoint(r.peer);
  line["local"] = endpoint(r.local);
  line["client"] = r.client_address.to_string();
  line["scheme"] = r.secure ? "https" : "http";
  line["version"] = r.version_minor == 0 ? "1.0" : "1.1";
  add_text(line, "method", r.method);
  add_text(line, "host", r.host);
  add_text(line, "path", r.path);
  line["status"] = r.status;
  line["answered_by"] = std::string(kAnsweredByNames[static_cast<size_t>(r.answered_by)]);
  line["ending"] = std::string(kEndingNames[static_cast<size_t>(r.ending)]);
  line["request_bytes"] = r.request_body_bytes;
  line["response_bytes"] = r.response_body_bytes;
  line["token"] = r.token_verified ? ordered_json(std::string(r.token_algorithm.view())) : ordered_json(nullptr);
  line["edge_us"] = fine_us(r.edge_time);
  line["gateway_us"] = fine_us(r.gateway_time);
  line["upstream_us"] = r.upstream_time.us();
  line["total_us"] = r.total_time.us();
  add_failure(line, r.failure);
  finish(out, line);
}

void append_json(std::string& out, const GatewayRecord& r) {
  ordered_json line = begin("gateway", r.header);
  add_text(line, "method", r.method);
  add_text(line, "host", r.host);
  add_text(line, "path", r.path);
  add_text(line, "upstream_path", r.upstream_path);
  line["route"] = entity(r.route_id, r.route_name);
  line["service"] = entity(r.service_id, r.service_name);
  line["consumer"] = entity(r.consumer_id, r.consumer_name);
  line["credential"] = std::string(r.credential_id.view());
  line["origin"] = r.origin.port.value == 0 ? ordered_json(nullptr) : ordered_json(endpoint(r.origin));
  line["tries"] = r.tries;
  line["origin_status"] = r.origin_status;
  line["status"] = r.status;
  line["answered_by"] = std::string(kAnsweredByNames[static_cast<size_t>(r.answered_by)]);
  line["ending"] = std::string(kEndingNames[static_cast<size_t>(r.ending)]);
  line["gateway_us"] = fine_us(r.gateway_time);
  line["connect_us"] = r.connect_time.us();
  line["first_byte_us"] = r.first_byte_time.us();
  line["upstream_us"] = r.upstream_time.us();
  line["total_us"] = r.total_time.us();
  add_failure(line, r.failure);
  finish(out, line);
}

}  // namespace sluice::control
