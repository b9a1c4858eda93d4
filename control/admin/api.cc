#include "admin/api.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "admin/entity_api.h"
#include "admin/introspection_status.h"
#include "admin/kong_errors.h"
#include "admin/lease_status.h"
#include "admin/plugin_list.h"
#include "admin/policy_body.h"
#include "admin/schema_api.h"
#include "admin/server_statistics.h"
#include "admin/sink_status.h"
#include "admin/upstream_health.h"
#include "config/canonical.h"
#include "config/digests.h"
#include "config/kong_json.h"
#include "config/schema.h"
#include "exchange/inquiry.h"

namespace sluice::control {

namespace {

using nlohmann::json;

// The release of Kong's whose formats and answers these are.
constexpr const char* kKongVersion = "3.9.1";

std::vector<std::string> segments(const std::string& path) {
  std::vector<std::string> out;
  std::istringstream in(path);
  for (std::string part; std::getline(in, part, '/');) {
    if (!part.empty()) out.push_back(part);
  }
  return out;
}

// What was sent as a policy; no text: there was none.
struct SentPolicy {
  std::optional<std::string> text;
  std::optional<policy::Fingerprint> digest;  // where it is asked whether the policy is in force already
};

bool flag(const AdminRequest& request, const char* name) {
  const auto value = request.argument(name);
  return value && *value != "0" && *value != "false";
}

// Kong's is an MD5; ours is the first half of the fingerprint.
std::string configuration_hash(const policy::Policy& policy) {
  return config::to_text(policy.fingerprint).substr(0, 32);
}

json report_json(const PublishOutcome& outcome) {
  return {{"fingerprint", config::to_text(outcome.policy->fingerprint)},
          {"warnings", warning_lines(outcome)},
          {"quarantined", quarantine_lines(outcome)}};
}

// As Kong with every entity, and our report.
json success_json(const PublishOutcome& outcome) {
  json body = config::to_kong_json(*outcome.policy, outcome.loaded_at);
  body.update(report_json(outcome));
  if (outcome.quarantined.empty()) body.erase("quarantined");
  return body;
}

WallTime wall_now() {
  return WallTime{std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count()};
}

double seconds(uint64_t cycles, double cycles_per_second) {
  return static_cast<double>(cycles) / cycles_per_second;
}

double milliseconds(Duration d) {
  return static_cast<double>(d.ns) / 1e6;
}

json worker_json(size_t index, const WorkerView& worker, double cycles_per_second) {
  const Counters& counters = *worker.metrics.counters;
  return {{"worker", index},
          {"connections", worker.mailbox->connections.load(std::memory_order_relaxed)},
          {"exchanges", worker.mailbox->exchanges.load(std::memory_order_relaxed)},
          {"requests", worker.metrics.latencies->total.count()},
          {"packets_in", counters.get(Counter::kPortRxPackets)},
          {"packets_out", counters.get(Counter::kPortTxPackets)},
          {"polls", counters.get(Counter::kWorkerPolls)},
          {"busy_seconds", seconds(counters.get(Counter::kWorkerBusyCycles), cycles_per_second)}};
}

}  // namespace

double Api::now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Api::serve(const AdminRequest& request, Responder respond) {
  const std::vector<std::string> path = segments(request.path);
  const std::string first = path.empty() ? std::string() : path[0];
  if (path.size() == 1 && request.method == "POST") {
    if (first == "config" || first == "check") return load(request, first == "check", std::move(respond));
    if (first == "reload") return reload_for(std::move(respond));
    if (first == "explain") return respond(explain(request));
  }
  if (path.size() == 1 && first == "config" && request.reads()) return config(std::move(respond));
  // Before the entities: the path of a page or a schema may look like that of one.
  if (auto answer = serve_own(request, path)) return respond(*std::move(answer));
  if (auto answer = serve_schema(request, path)) return respond(*std::move(answer));
  if (auto answer = serve_cache(request, path, *env_.publisher.policy(), env_.cache)) {
    return respond(*std::move(answer));
  }
  const EntityApi entities({*env_.publisher.policy(), env_.publisher.snapshot(), env_.publisher.loaded_at(), wall_now(),
                            env_.node_id, env_.publisher.addresses(), env_.health});
  if (auto answer = entities.serve(request, path)) return respond(*std::move(answer));
  respond(not_found());
}

// What is neither a policy's entity nor a schema, and is only read. None: the path is not one of these.
std::optional<AdminResponse> Api::serve_own(const AdminRequest& request, const std::vector<std::string>& path) const {
  struct Page {
    std::string_view path;
    AdminResponse (Api::*show)() const;
  };
  static constexpr Page kPages[] = {{"", &Api::root},
                                    {"status", &Api::status},
                                    {"status/ready", &Api::ready},
                                    {"metrics", &Api::metrics},
                                    {"top", &Api::top},
                                    {"plugins/enabled", &Api::enabled_plugins},
                                    {"endpoints", &Api::endpoints}};
  const std::string joined = fmt::format("{}", fmt::join(path, "/"));
  for (const std::string_view loads : {"config", "check", "reload", "explain"}) {
    if (joined == loads) return method_not_allowed();
  }
  const auto page = std::ranges::find(kPages, joined, &Page::path);
  if (page == std::end(kPages)) return std::nullopt;
  return request.reads() ? (this->*page->show)() : method_not_allowed();
}

// To take a large policy out of JSON, and to hash it, holds the loop up.
void Api::load(const AdminRequest& request, bool check_only, Responder respond) {
  const auto kept = std::make_shared<const AdminRequest>(request);
  const bool hashed = !check_only && flag(request, "check_hash");
  const auto read = [kept, hashed] {
    SentPolicy sent{.text = policy_text(*kept), .digest = {}};
    if (hashed && sent.text) sent.digest = config::sha256(*sent.text);
    return sent;
  };
  const auto go_on = [this, kept, check_only, respond = std::move(respond)](SentPolicy sent) {
    if (!sent.text) return respond(json_answer(400, {{"message", "expected a declarative configuration"}}));
    if (sent.digest && env_.publisher.stays_in_force(*sent.digest)) {
      return respond({.status = 304, .content_type = {}, .body = {}, .allow = {}});
    }
    load_text(*std::move(sent.text), *kept, check_only, respond);
  };
  env_.publisher.aside(read, go_on);
}

void Api::load_text(std::string text, const AdminRequest& request, bool check_only, Responder respond) {
  const bool flatten = flag(request, "flatten_errors") || request.argument("name").has_value();
  // Who brought the entities may do without them: of 100,000 routes they take longer to write than to load.
  const bool only_report = request.argument("entities") == "0";
  const auto done = [this, respond = std::move(respond), flatten, check_only, only_report](PublishOutcome outcome) {
    if (outcome.policy == nullptr) return respond(json_answer(400, refusal_json(outcome, flatten)));
    const auto print = [outcome = std::move(outcome), check_only, only_report] {
      return json_answer(check_only ? 200 : 201, only_report ? report_json(outcome) : success_json(outcome));
    };
    print_aside(print, respond);
  };
  const std::string name = request.argument("name").value_or(check_only ? "POST /check" : "POST /config");
  if (check_only) {
    env_.publisher.check(std::move(text), name, done);
  } else {
    env_.publisher.publish(std::move(text), name, done);
  }
}

void Api::print_aside(std::function<AdminResponse()> print, Responder respond) const {
  const auto guarded = [print = std::move(print)] {
    try {
      return print();
    } catch (const std::exception&) {
      return unexpected_error();
    }
  };
  env_.publisher.aside(guarded, std::move(respond));
}

void Api::reload_for(Responder respond) {
  reload([respond = std::move(respond)](PublishOutcome outcome) {
    respond(outcome.policy == nullptr ? json_answer(400, refusal_json(outcome, true))
                                      : json_answer(200, report_json(outcome)));
  });
}

void Api::reload(Publisher::Done done) {
  std::ifstream file(env_.policy_file, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    PublishOutcome outcome;
    outcome.file = env_.policy_file;
    outcome.refusal = env_.policy_file + ": cannot be read";
    return done(std::move(outcome));
  }
  env_.publisher.publish(text.str(), env_.policy_file, std::move(done));
}

// What Kong's tools look for first: which release's formats are spoken, and that there is no database.
AdminResponse Api::root() const {
  return json_answer(200, {{"version", kKongVersion},
                           {"edition", "community"},
                           {"tagline", "Sluice " + env_.version},
                           {"node_id", env_.node_id},
                           {"hostname", env_.hostname},
                           {"configuration", {{"database", "off"}, {"router_flavor", "traditional_compatible"}}},
                           {"plugins", plugin_list(*env_.publisher.policy(), kKongVersion)},
                           {"pids", {{"master", getpid()}}}});
}

// Paths in the order of their segments, as Kong's.
AdminResponse Api::endpoints() const {
  std::vector<std::string> paths = EntityApi::endpoints();
  paths.insert(paths.end(),
               {"/", "/config", "/endpoints", "/metrics", "/plugins/enabled", "/plugins/schema/{name}", "/proxy-cache",
                "/proxy-cache/{cache_key}", "/proxy-cache/{plugin_id}/caches/{cache_key}", "/schemas/plugins/{name}",
                "/schemas/plugins/validate", "/schemas/vaults/{name}", "/schemas/vaults/validate",
                "/schemas/{db_entity_name}/validate", "/schemas/{name}", "/status", "/status/ready"});
  const auto slash_first = [](char a, char b) { return (a == '/' ? '\0' : a) < (b == '/' ? '\0' : b); };
  std::ranges::sort(paths, [&](const std::string& a, const std::string& b) {
    return std::ranges::lexicographical_compare(a, b, slash_first);
  });
  return json_answer(200, {{"data", paths}});
}

AdminResponse Api::enabled_plugins() const {
  json names = json::array();
  for (const std::string_view name : config::plugin_names()) names.push_back(std::string(name));
  return json_answer(200, {{"enabled_plugins", names}});
}

AdminResponse Api::ready() const {
  if (env_.draining()) return json_answer(503, {{"message", "draining"}});
  return json_answer(200, {{"message", "ready"}});
}

AdminResponse Api::status() const {
  json workers = json::array();
  for (size_t i = 0; i < env_.workers.size(); ++i) {
    workers.push_back(worker_json(i, env_.workers[i], env_.cycles_per_second));
  }
  const policy::Policy* policy = env_.publisher.policy();
  const PublishOutcome& in_force = env_.publisher.in_force();
  const json policy_json = {{"fingerprint", config::to_text(policy->fingerprint)},
                            {"generation", env_.publisher.generation()},
                            {"file", env_.publisher.file()},
                            {"generations_alive", env_.publisher.snapshots_alive()},
                            {"published", env_.publisher.published()},
                            {"refused", env_.publisher.refused()},
                            {"warnings", warning_lines(in_force)},
                            {"quarantined", quarantine_lines(in_force)},
                            {"load_ms", milliseconds(in_force.load_time)},
                            {"compile_ms", milliseconds(in_force.compile_time)},
                            {"swap_ms", milliseconds(in_force.swap_time)},
                            {"routes", policy->routes.size()},
                            {"services", policy->services.size()},
                            {"consumers", policy->consumers.size()},
                            {"plugins", policy->plugins.size()}};
  return json_answer(200, {{"configuration_hash", configuration_hash(*policy)},
                           {"memory", {{"workers_lua_vms", json::array()}, {"lua_shared_dicts", json::object()}}},
                           {"server", to_kong_json(statistics_of(env_.workers))},
                           {"sluice",
                            {{"version", env_.version},
                             {"state", env_.draining() ? "draining" : "serving"},
                             {"uptime_seconds", static_cast<uint64_t>(now_s() - started_s_)},
                             {"policy", policy_json},
                             {"logs",
                              {{"written", env_.logs.records_written()},
                               {"lost", env_.logs.records_lost()},
                               {"plugins", sinks_json(env_.shipper)}}},
                             {"rate_stores", rate_stores_json(env_.leases)},
                             {"introspection_servers", introspection_servers_json(env_.introspector)},
                             {"workers", workers}}}});
}

AdminResponse Api::metrics() const {
  std::vector<WorkerMetrics> workers;
  std::vector<Gauge> gauges;
  for (size_t i = 0; i < env_.workers.size(); ++i) {
    const WorkerView& worker = env_.workers[i];
    workers.push_back(worker.metrics);
    const std::vector<std::pair<std::string, std::string>> labels = {{"worker", std::to_string(i)}};
    gauges.push_back({"connections", "client connections open",
                      static_cast<double>(worker.mailbox->connections.load(std::memory_order_relaxed)), labels});
    gauges.push_back({"exchanges", "requests in progress",
                      static_cast<double>(worker.mailbox->exchanges.load(std::memory_order_relaxed)), labels});
  }
  const std::string fingerprint = config::to_text(env_.publisher.policy()->fingerprint);
  gauges.push_back({"policy_info", "the policy in force", 1, {{"fingerprint", fingerprint}}});
  gauges.push_back(
      {"policy_generation", "policies put in force so far", static_cast<double>(env_.publisher.generation()), {}});
  gauges.push_back({"policy_refused", "policies refused so far", static_cast<double>(env_.publisher.refused()), {}});
  gauges.push_back({"policy_quarantined",
                    "entities left out of the policy in force, one a reason",
                    static_cast<double>(env_.publisher.in_force().quarantined.size()),
                    {}});
  gauges.push_back({"log_records_written", "log lines written", static_cast<double>(env_.logs.records_written()), {}});
  gauges.push_back(
      {"log_records_lost", "log lines that the disk refused", static_cast<double>(env_.logs.records_lost()), {}});
  gauges.push_back({"dns_failures",
                    "questions for an origin's address without an answer",
                    static_cast<double>(env_.resolver.failures()),
                    {}});
  const HttpServer::Use admin_port = env_.admin_port();
  gauges.push_back(
      {"admin_connections", "connections to the admin port", static_cast<double>(admin_port.connections), {}});
  gauges.push_back({"admin_port_full",
                    "how often the admin port had as many connections as it may have",
                    static_cast<double>(admin_port.times_full),
                    {}});
  add_sink_gauges(env_.shipper, gauges);
  add_rate_store_gauges(env_.leases, gauges);
  add_introspection_gauges(env_.introspector, gauges);
  const auto health = exchange::health_of_upstreams(*env_.publisher.snapshot());
  add_health_gauges(health, gauges);
  gauges.push_back({"cycles_per_second", "of the counter behind worker_busy_cycles_total", env_.cycles_per_second, {}});
  return {.status = 200,
          .content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = prometheus_text(workers, gauges) +
                  kong_node_text(statistics_of(env_.workers), env_.node_id, env_.version) +
                  env_.shipper.metrics().text() +
                  kong_health_text(*env_.publisher.policy(), health, env_.publisher.addresses())};
}

AdminResponse Api::top() const {
  json workers = json::array();
  for (size_t i = 0; i < env_.workers.size(); ++i) {
    workers.push_back(worker_json(i, env_.workers[i], env_.cycles_per_second));
  }
  return json_answer(200, {{"workers", workers}});
}

void Api::config(Responder respond) const {
  const auto print = [policy = env_.publisher.in_force().policy, loaded_at = env_.publisher.loaded_at()] {
    return json_answer(200, {{"config", config::to_kong_json(*policy, loaded_at).dump()}});
  };
  print_aside(print, std::move(respond));
}

AdminResponse Api::explain(const AdminRequest& request) const {
  const json body = parse_json(request.body);
  if (!body.is_object() || !body.contains("method") || !body.contains("url") || !body["method"].is_string() ||
      !body["url"].is_string()) {
    return json_answer(400, {{"message", "expected {\"method\": …, \"url\": …, \"headers\": [[name, value], …]}"}});
  }
  exchange::Question question{.method = body["method"], .url = body["url"], .headers = {}, .client = {}};
  for (const json& header : body.value("headers", json::array())) {
    if (header.is_array() && header.size() == 2 && header[0].is_string() && header[1].is_string()) {
      question.headers.emplace_back(header[0], header[1]);
    }
  }
  if (const json client = body.value("client", json("")); client != "") {
    const auto address = client.is_string() ? IpAddress::parse(client.get<std::string>()) : std::nullopt;
    if (!address) return json_answer(400, {{"message", "client: expected an IP address"}});
    question.client = *address;
  }
  return {.status = 200,
          .content_type = "text/plain; charset=utf-8",
          .body = exchange::explain(*env_.publisher.snapshot(), question, wall_now())};
}

}  // namespace sluice::control
