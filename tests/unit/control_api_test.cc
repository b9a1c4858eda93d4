// What the control socket answers of the running process: a policy is in force, of workers there is what they count.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "admin/api.h"
#include "admin/policy_body.h"
#include "gateway/introspections.h"
#include "gateway/rate_budgets.h"
#include "gateway/shared_state.h"
#include "upstream/health.h"

namespace sluice::control {
namespace {

using nlohmann::json;

constexpr const char* kPolicy = R"(
_format_version: "3.0"
services: [{name: one, host: 198.18.1.1, routes: [{name: a, paths: [/a]}]}]
plugins: [{name: key-auth}]
)";

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() { use(kPolicy); }

  // Brings a policy into force.
  void use(const std::string& policy) {
    publisher_.publish(policy, "p", [this](const PublishOutcome& outcome) {
      EXPECT_NE(outcome.policy, nullptr) << outcome.refusal;
      loop_.stop();
    });
    loop_.run();
  }

  AdminResponse ask(const std::string& method, const std::string& path, const std::string& content_type = {},
                    const std::string& body = {}) {
    const size_t question = path.find('?');
    AdminRequest request{.method = method,
                         .path = path.substr(0, question),
                         .query = question == std::string::npos ? "" : path.substr(question + 1),
                         .content_type = content_type,
                         .body = body};
    std::optional<AdminResponse> answer;
    api_.serve(request, [&](AdminResponse response) {
      answer = std::move(response);
      loop_.stop();
    });
    if (!answer) loop_.run();
    return *answer;
  }
  json get(const std::string& path) { return json::parse(ask("GET", path).body); }

  struct Worker {
    Counters counters;
    Latencies latencies;
    WorkerMailbox mailbox;
  };
  std::vector<WorkerView> views() const {
    std::vector<WorkerView> all;
    for (const Worker& worker : workers_) all.push_back({{&worker.counters, &worker.latencies}, &worker.mailbox});
    return all;
  }

  std::array<Worker, 2> workers_;
  EventLoop loop_;
  gateway::RateBudgets budgets_{SipKey{1, 2}, 64};
  gateway::Introspections introspections_{1 << 16};
  gateway::SharedState shared_;
  upstream::HealthTable health_{64};
  policy::Node node_;
  LogWriter logs_{{}, {}, {}};
  Resolver resolver_{loop_, {}, Duration::milliseconds(100), Resolver::Families::kBoth, [](const auto&) {}};
  LeaseKeeper leases_{loop_, {}, Duration::milliseconds(100), budgets_, {}};
  Introspector introspector_{loop_, node_, introspections_, {}};
  Shipper shipper_{{}, {}};
  Publisher publisher_{
      loop_, resolver_, shipper_, {}, {.gateway = shared_, .health = health_, .product = {}, .hash_key = {}}};
  Api api_{{publisher_,
            resolver_,
            logs_,
            shipper_,
            leases_,
            introspector_,
            views(),
            1e9,
            "1.2.3",
            "the-node",
            "host",
            "p",
            {},
            health_,
            [] { return false; },
            [] { return HttpServer::Use(); }}};
};

// `enabled` is no plugin's id.
TEST_F(ApiTest, EnabledPlugins_AreListed) {
  const AdminResponse answer = ask("GET", "/plugins/enabled");
  EXPECT_EQ(answer.status, 200);
  const json names = json::parse(answer.body)["enabled_plugins"];
  EXPECT_NE(std::ranges::find(names, "key-auth"), names.end());
  EXPECT_EQ(ask("POST", "/plugins/enabled").status, 405);
  EXPECT_EQ(ask("GET", "/plugins/none").status, 404);
  EXPECT_EQ(ask("GET", "/plugins/schema/key-auth").status, 200);  // nor is `schema`
}

TEST_F(ApiTest, Root_TellsOfThePluginsThatThereAreAndThoseInUse) {
  use(R"(
_format_version: "3.0"
services: [{name: one, host: 198.18.1.1, plugins: [{name: key-auth}]}]
plugins: [{name: key-auth, enabled: false}, {name: cors}]
)");
  const json root = get("/");
  const json& available = root["plugins"]["available_on_server"];
  EXPECT_EQ(available["key-auth"], (json{{"version", root["version"]}, {"priority", 1250}}));
  EXPECT_TRUE(available.contains("jwt"));
  json enabled = root["plugins"]["enabled_in_cluster"];
  std::sort(enabled.begin(), enabled.end());
  EXPECT_EQ(enabled, (json{"cors", "key-auth"}));
  EXPECT_EQ(root["pids"]["master"], getpid());
}

// Whoever did not see what was said when the policy was loaded.
TEST_F(ApiTest, Status_TellsWhatTheLoadingOfThePolicyWarnedOf) {
  EXPECT_EQ(get("/status")["sluice"]["policy"]["warnings"], json::array());
  use(R"(
_format_version: "3.0"
services: [{name: one, url: 'https://198.18.1.1'}]
)");
  const json warnings = get("/status")["sluice"]["policy"]["warnings"];
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].get<std::string>().find("service 'one'"), std::string::npos);
}

TEST_F(ApiTest, Statistics_AreTheSumOfAllWorkers) {
  for (Worker& worker : workers_) {
    worker.counters.add(Counter::kTcpAccepts, 10);
    worker.counters.add(Counter::kHttpSourceLimit, 2);
    worker.counters.add(Counter::kHttpConnectionLimit, 1);
    worker.mailbox.connections = 5;
    worker.mailbox.exchanges = 3;
    worker.latencies.total.record(Duration::milliseconds(1));
  }
  EXPECT_EQ(get("/status")["server"], (json{{"connections_accepted", 20},
                                            {"connections_handled", 14},
                                            {"connections_active", 10},
                                            {"connections_writing", 6},
                                            {"total_requests", 2}}));
  const std::string metrics = ask("GET", "/metrics").body;
  for (const char* line : {"kong_node_info{node_id=\"the-node\",version=\"1.2.3\"} 1",
                           "kong_nginx_connections_total{node_id=\"the-node\",subsystem=\"http\",state=\"handled\"} 14",
                           "kong_nginx_requests_total{node_id=\"the-node\",subsystem=\"http\"} 2"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(metrics.find("state=\"waiting\""), std::string::npos);
}

TEST_F(ApiTest, Endpoints_StandInTheOrderOfTheirSegments) {
  const json paths = get("/endpoints")["data"];
  const auto place = [&paths](const char* path) { return std::ranges::find(paths, path) - paths.begin(); };
  EXPECT_EQ(paths[0], "/");
  EXPECT_LT(place("/services/{services}/routes/{routes}"), place("/snis"));
  EXPECT_LT(place("/consumers/{consumers}/key-auth"), place("/endpoints"));
  EXPECT_LT(place("/upstreams/{upstreams}/targets/{targets}/healthy"), static_cast<std::ptrdiff_t>(paths.size()));
  EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), paths.size());
}

TEST_F(ApiTest, PagesAndSchemasThatAreListed_AreThere) {
  for (const char* path : {"/", "/endpoints", "/metrics", "/plugins/enabled", "/plugins/schema/key-auth",
                           "/schemas/plugins/key-auth", "/schemas/vaults/env", "/schemas/services", "/status"}) {
    EXPECT_EQ(ask("GET", path).status, 200) << path;
  }
  EXPECT_EQ(ask("OPTIONS", "/keys").status, 204);
}

constexpr const char* kUpstreams = R"(
_format_version: "3.0"
upstreams:
- name: watched
  targets: [{target: '198.18.1.1:80'}, {target: '198.18.1.2:80'}, {target: '198.18.1.3:80', weight: 0}]
  healthchecks: {passive: {unhealthy: {tcp_failures: 5}}}
- {name: unwatched, targets: [{target: '198.18.1.1:80'}]}
)";

TEST_F(ApiTest, TargetsHealth_CanBeSet) {
  use(kUpstreams);
  const auto states = [this] {
    std::vector<std::string> all;
    const json health = get("/upstreams/watched/health");
    for (const json& target : health["data"]) all.push_back(target["health"]);
    return all;
  };
  const std::vector<std::string> healthy = {"HEALTHY", "HEALTHY", "HEALTHCHECKS_OFF"};
  ASSERT_EQ(states(), healthy);
  EXPECT_EQ(ask("PUT", "/upstreams/watched/targets/198.18.1.2:80/unhealthy").status, 204);
  EXPECT_EQ(states(), (std::vector<std::string>{"HEALTHY", "UNHEALTHY", "HEALTHCHECKS_OFF"}));
  const std::string id = get("/upstreams/watched/targets")["data"][1]["id"];
  EXPECT_EQ(ask("PUT", "/upstreams/watched/targets/" + id + "/healthy").status, 204);
  EXPECT_EQ(states(), healthy);
}

TEST_F(ApiTest, HealthThatNothingWatches_CannotBeSet) {
  use(kUpstreams);
  EXPECT_EQ(ask("GET", "/upstreams/watched/targets/198.18.1.2:80/healthy").status, 405);
  EXPECT_EQ(ask("PUT", "/upstreams/watched/targets/198.18.1.9:80/healthy").status, 404);
  EXPECT_EQ(ask("PUT", "/upstreams/none/targets/198.18.1.1:80/healthy").status, 404);
  EXPECT_EQ(ask("PUT", "/upstreams/watched/targets/198.18.1.3:80/healthy").status, 400);
  EXPECT_EQ(json::parse(ask("PUT", "/upstreams/unwatched/targets/198.18.1.1:80/unhealthy").body)["message"],
            "no healthchecker found for unwatched");
}

TEST_F(ApiTest, BalancerHealth_IsThatOfTheUpstreamAsAWhole) {
  use(kUpstreams);
  for (const char* target : {"198.18.1.1:80", "198.18.1.2:80"}) {
    EXPECT_EQ(get("/upstreams/watched/health?balancer_health=1")["data"]["health"], "HEALTHY");
    ask("PUT", std::string("/upstreams/watched/targets/") + target + "/unhealthy");
  }
  const json body = get("/upstreams/watched/health?balancer_health=1");
  EXPECT_EQ(body["data"]["health"], "UNHEALTHY");
  EXPECT_EQ(body["node_id"], "the-node");
}

constexpr const char* kOther = "_format_version: '3.0'\nservices: [{name: other, host: 198.18.1.1}]\n";

std::string multipart(const std::string& name, const std::string& content) {
  return "--b-1\r\nContent-Disposition: form-data; name=\"" + name +
         "\"; filename=\"k.yml\"\r\nContent-Type: text/yaml\r\n\r\n" + content + "\r\n--b-1--\r\n";
}

TEST_F(ApiTest, Config_IsTakenFromEveryKindOfBody) {
  struct Body {
    const char* type;
    std::string text;
  };
  const Body bodies[] = {{"multipart/form-data; boundary=b-1", multipart("config", kOther)},
                         {"application/x-www-form-urlencoded", "config=" + encode_argument(kOther)},
                         // What `curl --data-binary` says of any file.
                         {"application/x-www-form-urlencoded", kOther},
                         {"application/json", json({{"config", kOther}}).dump()},
                         {"text/yaml", kOther}};
  for (const Body& body : bodies) {
    use(kPolicy);
    EXPECT_EQ(ask("POST", "/config", body.type, body.text).status, 201) << body.type;
    EXPECT_EQ(get("/services")["data"][0]["name"], "other") << body.type;
  }
}

TEST_F(ApiTest, EmptyConfig_IsRefusedInKongsWords) {
  for (const char* type : {"", "text/yaml", "multipart/form-data; boundary=b"}) {
    const AdminResponse answer = ask("POST", "/config", type);
    EXPECT_EQ(answer.status, 400) << type;
    EXPECT_EQ(json::parse(answer.body), (json{{"message", "expected a declarative configuration"}})) << type;
  }
}

TEST(MultipartField, IsFoundByItsName) {
  const std::string type = "Multipart/Form-Data; charset=utf-8; Boundary=\"b-1\"";
  const auto field = [&type](const std::string& body) { return multipart_field(type, body, "config"); };
  EXPECT_EQ(field(multipart("config", "a\r\n\r\nb")), "a\r\n\r\nb");
  EXPECT_EQ(field("preamble\r\n" + multipart("config", "")), "");
  EXPECT_EQ(field("--b-1\r\n\r\nno head\r\n" + multipart("config", "x")), "x");
  EXPECT_EQ(field("--b-1\r\n--b-1 \t\r\n\r\n\r\n" + multipart("config", "x")), "x");
  EXPECT_EQ(field("--b-1\r\ncontent-disposition:form-data;NAME = config ;x\r\n\r\ny\r\n--b-1--"), "y");
  EXPECT_EQ(field(R"(--b-1)"
                  "\r\n"
                  R"(Content-Disposition: form-data; x="a\";name=config"; name="con\fig")"
                  "\r\n\r\nz\r\n--b-1--"),
            "z");
}

TEST(MultipartField, IsNotThere) {
  const std::string whole = multipart("config", "x");
  const auto field = [](const std::string& type, const std::string& body) {
    return multipart_field(type, body, "config");
  };
  EXPECT_EQ(field("multipart/form-data; boundary=b-1", multipart("other", "x")), std::nullopt);
  EXPECT_EQ(field("multipart/form-data; boundary=b-1", "--b-1--\r\n" + whole), std::nullopt);
  EXPECT_EQ(field("multipart/form-data; boundary=b-1", whole.substr(0, whole.find("\r\n--b-1--"))), std::nullopt);
  EXPECT_EQ(field("multipart/form-data; boundary=b-1", ""), std::nullopt);
  EXPECT_EQ(field("multipart/form-data; boundary=b-1", "--b-1"), std::nullopt);
  EXPECT_EQ(field("multipart/form-data; boundary=c", whole), std::nullopt);
  EXPECT_EQ(field("multipart/form-data; boundary=", whole), std::nullopt);
  EXPECT_EQ(field("multipart/form-data; boundary=\"b-1", whole), "x");  // a quote without its end ends with the field
  EXPECT_EQ(field("multipart/form-data", whole), std::nullopt);
}

}  // namespace
}  // namespace sluice::control
