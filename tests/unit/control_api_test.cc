// What the control socket answers of the running process: a policy is in force, of workers there is what they count.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "admin/api.h"
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
  Resolver resolver_{loop_, {}, Duration::milliseconds(100), [](const auto&) {}};
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
            [] { return false; }}};
};

// `enabled` is no plugin's id.
TEST_F(ApiTest, EnabledPlugins_AreListed) {
  const AdminResponse answer = ask("GET", "/plugins/enabled");
  EXPECT_EQ(answer.status, 200);
  const json names = json::parse(answer.body)["enabled_plugins"];
  EXPECT_NE(std::ranges::find(names, "key-auth"), names.end());
  EXPECT_EQ(ask("POST", "/plugins/enabled").status, 405);
  EXPECT_EQ(ask("GET", "/plugins/none").status, 404);
}

}  // namespace
}  // namespace sluice::control
