// How policies come into force, on an event loop without workers.
#include "publish/publisher.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "config/digests.h"
#include "gateway/shared_state.h"
#include "upstream/health.h"

namespace sluice::control {
namespace {

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    char path[] = "/tmp/sluice-publisher-XXXXXX";
    EXPECT_NE(mkdtemp(path), nullptr);
    folder_ = path;
  }
  ~PublisherTest() override { std::filesystem::remove_all(folder_); }

  PublishOutcome publish(const std::string& text) {
    PublishOutcome result = attempt(publisher_, text);
    EXPECT_NE(result.policy, nullptr) << result.refusal;
    return result;
  }
  PublishOutcome attempt(Publisher& publisher, const std::string& text) {
    PublishOutcome result;
    publisher.publish(text, "POST /config", [&](PublishOutcome outcome) {
      result = std::move(outcome);
      loop_.stop();
    });
    loop_.run();
    return result;
  }
  std::string write_keys(const std::string& kid) const {
    const std::string name = folder_ + "/keys.json";
    std::ofstream(name) << R"({"keys":[{"kty":"oct","alg":"HS256","kid":")" << kid
                        << R"(","k":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"}]})";
    return name;
  }

  std::string folder_;
  EventLoop loop_;
  Resolver resolver_{
      loop_, {}, Duration::seconds(1), Resolver::Families::kBoth, [](std::unique_ptr<const AddressBook>) {}};
  Shipper shipper_{{}, {}};
  gateway::SharedState shared_;
  upstream::HealthTable health_{64};
  Publisher publisher_{
      loop_, resolver_, shipper_, {}, exchange::CompileContext{shared_, health_, "sluice/test", {1, 2}}};
};

TEST_F(PublisherTest, TextInForce_StaysInForce) {
  const std::string text = "_format_version: \"3.0\"\nservices: [{name: a, host: 198.18.1.1}]\n";
  EXPECT_FALSE(publisher_.stays_in_force(config::sha256(text)));
  publish(text);
  EXPECT_TRUE(publisher_.stays_in_force(config::sha256(text)));
  EXPECT_FALSE(publisher_.stays_in_force(config::sha256(text + " ")));
}

// Its keys may have been turned since.
TEST_F(PublisherTest, TextThatNamesAFile_IsReadAgain) {
  const std::string text = "_format_version: \"3.0\"\nedge: {keys: [{id: a, jwks_file: " + write_keys("one") + "}]}\n";
  const PublishOutcome before = publish(text);
  write_keys("two");
  EXPECT_FALSE(publisher_.stays_in_force(config::sha256(text)));
  EXPECT_NE(publish(text).policy->edge.keys.at(0).jwks, before.policy->edge.keys.at(0).jwks);
}

// Its host cannot stand in a URL that paths are joined to, which its compilation finds.
constexpr std::string_view kBrokenRedirect =
    "_format_version: \"3.0\"\n"
    "services: [{name: s, host: 198.18.1.1, routes: [{name: a, paths: [/a]}, {name: b, paths: [/b]}]}]\n"
    "plugins:\n- name: redirect\n  route: b\n  config: {keep_incoming_path: true, location: "
    "\"http://b\\u00fccher.example/x\"}\n";

TEST_F(PublisherTest, WhatCompilingFinds_IsToldOfItsEntity) {
  const PublishOutcome outcome = attempt(publisher_, std::string(kBrokenRedirect));
  EXPECT_EQ(outcome.policy, nullptr);
  ASSERT_EQ(outcome.report.flattened_errors.size(), 1u);
  EXPECT_EQ(outcome.report.flattened_errors[0]["entity_type"], "plugin");
  EXPECT_EQ(outcome.report.flattened_errors[0]["errors"][0]["field"], "config");
}

TEST_F(PublisherTest, WhatCompilingFinds_IsLeftOutWhereMistakesAre) {
  Publisher lenient{loop_,
                    resolver_,
                    shipper_,
                    {},
                    exchange::CompileContext{shared_, health_, "sluice/test", {1, 2}},
                    policy::OnMistake::kQuarantine};
  const PublishOutcome outcome = attempt(lenient, std::string(kBrokenRedirect));
  ASSERT_NE(outcome.policy, nullptr);
  EXPECT_EQ(outcome.policy->routes.size(), 1u);
  EXPECT_EQ(outcome.quarantined.size(), 1u);
}

}  // namespace
}  // namespace sluice::control
