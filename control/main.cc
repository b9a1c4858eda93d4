// The start of the process: reads both files, starts the dataplane, brings the first policy into force, runs control's
// event loop until told to end. The one file that sees both sides.
#include <fmt/format.h>

#include <sys/random.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "admin/api.h"
#include "admin/http_server.h"
#include "admin/kong_errors.h"
#include "cache/response_store.h"
#include "config/node_loader.h"
#include "gateway/introspections.h"
#include "gateway/kept_answers.h"
#include "gateway/rate_budgets.h"
#include "leases/lease_keeper.h"
#include "logs/log_writer.h"
#include "loop/event_loop.h"
#include "match/hyperscan_database.h"
#include "publish/policy_reader.h"
#include "publish/publisher.h"
#include "resolve/resolver.h"
#include "ship/shipper.h"
#include "upstream/health.h"
#include "worker/dataplane.h"

#ifndef SLUICE_VERSION
#error "the build names the version"
#endif

namespace {

using namespace sluice;

constexpr Duration kDrainTick = Duration::milliseconds(10);

// The kinds of addresses that the ports have, and can reach others of.
control::Resolver::Families families_of(const policy::Node& node) {
  bool v4 = false;
  bool v6 = false;
  const auto look_at = [&](const std::vector<policy::InterfaceAddress>& addresses) {
    for (const policy::InterfaceAddress& own : addresses) (own.address.is_v4() ? v4 : v6) = true;
  };
  for (const policy::NodePort& port : node.ports) {
    look_at(port.addresses);
    for (const policy::NodeVlan& vlan : port.vlans) look_at(vlan.addresses);
  }
  using Families = control::Resolver::Families;
  return v4 == v6 ? Families::kBoth : v4 ? Families::kIpv4 : Families::kIpv6;
}

struct Options {
  std::string node_file;
  std::string policy_file;
  bool check = false;
};

void complain(const std::string& text) {
  fmt::print(stderr, "sluice: {}\n", text);
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return text.str();
}

// Prints what the loading of a file had to say; true when nothing was wrong.
bool report(const std::string& file, const config::Diagnostics& diagnostics) {
  for (const auto& warning : diagnostics.warnings())
    fmt::print(stderr, "{}: warning\n", config::to_line(file, warning));
  for (const auto& error : diagnostics.errors()) fmt::print(stderr, "{}\n", config::to_line(file, error));
  if (diagnostics.suppressed() > 0) fmt::print(stderr, "{}: and {} more mistakes\n", file, diagnostics.suppressed());
  return diagnostics.ok();
}

template <typename T>
T random_value() {
  T value;
  if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) std::abort();
  return value;
}

// What outlives every policy.
struct SharedState {
  explicit SharedState(const policy::Node& node)
      : responses(node.memory.cache_bytes, node.workers.count), introspections(node.memory.introspections_bytes) {}

  gateway::RateBudgets budgets{random_value<SipKey>()};
  cache::ResponseStore responses;
  gateway::Introspections introspections;
  gateway::SharedState gateway{&budgets, &responses, &introspections};
  upstream::HealthTable health;
  match::DatabaseMemory databases;
};

exchange::CompileContext compile_context(SharedState& shared, const policy::Node& node) {
  exchange::CompileContext context{.gateway = shared.gateway, .health = shared.health};
  context.databases = &shared.databases;
  context.product = node.product;
  context.workers = node.workers.count;
  context.hash_key = random_value<SipKey>();
  return context;
}

std::string random_id() {
  auto bytes = random_value<std::array<uint8_t, 16>>();
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);  // RFC 9562 5.4: version 4
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  return policy::Uuid(bytes).to_string();
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// The token of the admin listener: the file's first line.
std::optional<policy::Secret> read_token(const std::string& file, std::string& error) {
  constexpr size_t kLeastBytes = 16;
  const auto text = read_file(file);
  const std::string token = text ? text->substr(0, text->find_first_of("\r\n")) : std::string();
  if (token.size() >= kLeastBytes) return policy::Secret(token);
  error = file + (text ? ": expected a token of at least 16 characters" : ": cannot be read");
  return std::nullopt;
}

int check(const Options& options, const std::string& policy_text, const policy::Node& node) {
  SharedState shared(node);
  const control::ReadPolicy read =
      control::read_policy(policy_text, options.policy_file, node.on_policy_mistake, 1, compile_context(shared, node));
  if (!report(options.policy_file, read.diagnostics)) return 1;
  for (const auto& reason : read.quarantined) {
    fmt::print(stderr, "{}: left out\n", config::to_line(options.policy_file, reason));
  }
  return 0;
}

// False: no such answer is kept.
bool forget_answer(cache::ResponseStore& responses, const std::optional<std::string>& key_text) {
  if (!key_text) {
    responses.clear();
    return true;
  }
  const auto key = cache::parse_key(*key_text);
  return key && responses.remove(*key);
}

// What the admin API shows and forgets of it.
control::CacheView cache_view(cache::ResponseStore& responses) {
  return {.find =
              [&responses](const std::string& key) {
                const auto now = std::chrono::system_clock::now().time_since_epoch();
                return gateway::find_kept_answer(responses, key, WallTime{std::chrono::nanoseconds(now).count()});
              },
          .forget = [&responses](const auto& key) { return forget_answer(responses, key); }};
}

// The running process: everything on the control thread that talks to the workers.
class Process {
 public:
  Process(const Options& options, const policy::Node& node, SharedState& shared, worker::Dataplane& dataplane)
      : options_(options),
        node_(node),
        dataplane_(dataplane),
        logs_(node.logs.edge, node.logs.gateway, record_sources()),
        resolver_(loop_, node.dns.servers, node.dns.timeout, families_of(node),
                  [this](std::unique_ptr<const AddressBook> book) { publisher_.use(std::move(book)); }),
        leases_(loop_, node.dns.servers, node.dns.timeout, shared.budgets, lease_questions()),
        introspector_(loop_, node, shared.introspections, introspection_questions()),
        shipper_(access_sources(), {node_id_, SLUICE_VERSION}),
        publisher_(loop_, resolver_, shipper_, worker_links(), compile_context(shared, node), node.on_policy_mistake),
        api_({publisher_, resolver_, logs_, shipper_, leases_, introspector_, worker_views(),
              dataplane.cycles_per_second(), SLUICE_VERSION, node_id_, host_name(), options.policy_file,
              cache_view(shared.responses), shared.health, [this] { return draining_; },
              [this] { return admin_ == nullptr ? control::HttpServer::Use() : admin_->use(); }}) {}
  ~Process() {
    // The publisher frees snapshots: no worker may run any more.
    dataplane_.order(WorkerOrder::kStop);
    dataplane_.join();
  }

  int run(std::string policy_text) {
    if (const std::string error = logs_.start(); !error.empty()) return fail(error);
    if (const std::string error = dataplane_.run(); !error.empty()) return fail(error);
    shipper_.start();
    loop_.on_signal(SIGTERM, [this] { drain(); });
    loop_.on_signal(SIGINT, [this] { drain(); });
    loop_.on_signal(SIGUSR1, [this] {
      logs_.request_reopen();
      shipper_.request_reopen();
    });
    loop_.on_signal(SIGHUP, [this] { api_.reload([](control::PublishOutcome outcome) { tell(outcome); }); });
    publisher_.publish(std::move(policy_text), options_.policy_file,
                       [this](control::PublishOutcome outcome) { on_first_policy(outcome); });
    loop_.run();
    return exit_status_;
  }

 private:
  // What a reload has to say goes to stderr: nobody waits for its answer.
  static void tell(const control::PublishOutcome& outcome) {
    report(outcome.file, outcome.diagnostics);
    for (const std::string& line : control::quarantine_lines(outcome)) fmt::print(stderr, "{}: left out\n", line);
    if (!outcome.refusal.empty()) complain(outcome.refusal);
    if (outcome.policy == nullptr) complain("the policy before stays in force");
  }

  int fail(const std::string& error) {
    complain(error);
    return 1;
  }

  // Clients may connect from here on: the socket tells that the workers serve.
  void on_first_policy(const control::PublishOutcome& outcome) {
    tell(outcome);
    if (outcome.policy == nullptr) return stop(1);
    const auto serve = [this](const control::AdminRequest& request, control::Responder respond) {
      api_.serve(request, std::move(respond));
    };
    std::string error;
    if (node_.admin.port) {
      const auto token = read_token(*node_.admin.token_file, error);
      if (token)
        admin_ = control::HttpServer::listen(loop_, node_.admin.address, *node_.admin.port, *token,
                                             control::HttpServer::kMostSilence, serve, error);
      if (admin_ == nullptr) return stop(fail(error));
    }
    socket_ = control::HttpServer::listen(loop_, node_.control_socket, serve, error);
    if (socket_ == nullptr) stop(fail(error));
  }

  void drain() {
    if (std::exchange(draining_, true)) {
      stop(0);
      return;
    }
    dataplane_.order(WorkerOrder::kDrain);
    loop_.once_after(node_.limits.drain_timeout, [this] { stop(0); });
    loop_.every(kDrainTick, [this] {
      for (const auto& worker : dataplane_.workers()) {
        if (!worker->mailbox().drained.load(std::memory_order_acquire)) return;
      }
      stop(0);
    });
  }

  void stop(int exit_status) {
    exit_status_ = exit_status;
    loop_.stop();
  }

  std::vector<RecordSource*> record_sources() const {
    std::vector<RecordSource*> sources;
    for (const auto& worker : dataplane_.workers()) sources.push_back(&worker->records());
    return sources;
  }
  std::vector<AccessRecordSource*> access_sources() const {
    std::vector<AccessRecordSource*> sources;
    for (const auto& worker : dataplane_.workers()) sources.push_back(&worker->access_records());
    return sources;
  }
  std::vector<QuestionSource<LeaseQuestion>*> lease_questions() const {
    std::vector<QuestionSource<LeaseQuestion>*> sources;
    for (const auto& worker : dataplane_.workers()) sources.push_back(&worker->leases());
    return sources;
  }
  std::vector<QuestionSource<IntrospectionQuestion>*> introspection_questions() const {
    std::vector<QuestionSource<IntrospectionQuestion>*> sources;
    for (const auto& worker : dataplane_.workers()) sources.push_back(&worker->introspections());
    return sources;
  }
  std::vector<control::WorkerLink> worker_links() const {
    std::vector<control::WorkerLink> links;
    for (const auto& worker : dataplane_.workers()) links.push_back({&worker->mailbox(), &worker->snapshots()});
    return links;
  }
  std::vector<control::WorkerView> worker_views() const {
    std::vector<control::WorkerView> views;
    for (const auto& worker : dataplane_.workers()) {
      views.push_back({{&worker->counters(), &worker->latencies()}, &worker->mailbox()});
    }
    return views;
  }

  const Options& options_;
  const policy::Node& node_;
  worker::Dataplane& dataplane_;
  const std::string node_id_ = random_id();
  control::EventLoop loop_;
  control::LogWriter logs_;
  control::Resolver resolver_;
  control::LeaseKeeper leases_;
  control::Introspector introspector_;
  control::Shipper shipper_;
  control::Publisher publisher_;
  control::Api api_;
  std::unique_ptr<control::HttpServer> socket_;
  std::unique_ptr<control::HttpServer> admin_;
  bool draining_ = false;
  int exit_status_ = 0;
};

int run(const Options& options) {
  const auto node_text = read_file(options.node_file);
  const auto policy_text = read_file(options.policy_file);
  if (!node_text) complain(options.node_file + ": cannot be read");
  if (!policy_text) complain(options.policy_file + ": cannot be read");
  if (!node_text || !policy_text) return 1;

  config::LoadedNode loaded = config::load_node(*node_text);
  const bool node_good = report(options.node_file, loaded.diagnostics);
  if (options.check) {
    const policy::Node fallback;
    return check(options, *policy_text, node_good ? *loaded.node : fallback) | (node_good ? 0 : 1);
  }
  if (!node_good) return 1;
  const policy::Node& node = *loaded.node;

  SharedState shared(node);
  auto dataplane = worker::Dataplane::start(node, shared.health);
  if (!dataplane.ok()) {
    complain(dataplane.error());
    return 1;
  }
  Process process(options, node, shared, **dataplane);
  return process.run(*policy_text);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("An edge gateway: edge compute and API gateway in one process.", "sluice");
  Options options;
  app.add_option("--node", options.node_file, "what differs from machine to machine (node.yaml)")->required();
  app.add_option("--policy", options.policy_file, "what is the same on every machine (policy.yaml)")->required();
  app.add_flag("--check", options.check, "only check both files");
  app.set_version_flag("--version", SLUICE_VERSION);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  return run(options);
}
