// The golden corpus: what Kong took we take, what Kong refused we refuse at the same entity and field, its ids are
// ours.
#include "config_support.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "config/kong_json.h"
#include "config/kong_report.h"
#include "config/lua_text.h"

namespace sluice::config {
namespace {

using nlohmann::json;

std::vector<std::string> directories(const char* kind) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(corpus_directory() / kind)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  return std::regex_replace(info.param, std::regex("[^A-Za-z0-9]"), "_");
}

std::string rendered(std::string text) {
  const std::pair<const char*, const char*> values[] = {
      {"\\{\\{ORIGIN_HOST\\}\\}", "198.18.1.2"}, {"\\{\\{ORIGIN_PORT\\}\\}", "9701"},
      {"\\{\\{ORIGIN2_PORT\\}\\}", "9702"},      {"\\{\\{DEAD_PORT\\}\\}", "9703"},
      {"\\{\\{CLIENT_IP\\}\\}", "198.18.0.9"},   {"\\{\\{RUN\\}\\}", "run1"}};
  for (const auto& [pattern, value] : values) text = std::regex_replace(text, std::regex(pattern), value);
  return text;
}

bool is_about_what_is_not_there_yet(const Diagnostic& d) {
  return d.message.find("not supported") != std::string::npos || d.hint.find("not supported") != std::string::npos;
}

class CorpusPolicy : public ::testing::TestWithParam<std::string> {};

TEST_P(CorpusPolicy, IsTakenButForWhatIsNotThereYet) {
  const std::string text = rendered(read_text(corpus_directory() / "corpus" / GetParam() / "policy.yaml"));
  const LoadedPolicy loaded = load_policy(text, "p");
  for (const Diagnostic& d : loaded.diagnostics.errors()) {
    EXPECT_TRUE(is_about_what_is_not_there_yet(d)) << to_line("policy.yaml", d);
  }
}

INSTANTIATE_TEST_SUITE_P(All, CorpusPolicy, ::testing::ValuesIn(directories("corpus")), test_name);

// The corpora that the first release must serve: all of their policy is there.
class ServedPolicy : public ::testing::TestWithParam<std::string> {};

TEST_P(ServedPolicy, IsTakenWhole) {
  const std::string text = rendered(read_text(corpus_directory() / "corpus" / GetParam() / "policy.yaml"));
  EXPECT_EQ(mistakes(text), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(All, ServedPolicy,
                         ::testing::Values("acl", "auth-several", "balancer", "basic-auth", "bot-detection",
                                           "correlation-id", "cors", "errors-accept", "forwarded", "hmac-auth",
                                           "hop-by-hop", "ip-restriction", "jwt", "key-auth", "messages-bodies",
                                           "messages-methods-status", "ordering", "proxy-cache", "rate-limiting",
                                           "redirect", "request-size-limiting", "request-termination",
                                           "request-transformer", "response-ratelimiting", "response-transformer",
                                           "router-hosts", "router-join", "router-methods-headers", "router-normalise",
                                           "router-nothing", "router-paths", "router-preserve-host", "router-priority",
                                           "router-protocols", "router-strip", "scoping", "tour-shop",
                                           "upstream-errors"),
                         test_name);

bool names_missing_plugin(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.errors().begin(), diagnostics.errors().end(), is_about_what_is_not_there_yet);
}

// Policies that Sluice refuses on purpose though Kong takes them (differences.md 10).
const std::set<std::string> kStricter = {"yaml-duplicate-key"};

// Where Sluice names the entity and Kong does not, or the line of a tab where Kong names the one before.
const std::set<std::string> kTellsMore = {"key-unknown-consumer", "plugin-twice-on-a-route", "yaml-tab"};

// As the corpus has it: ids that differ on each load are "<uuid>", lists of errors have no order.
json normalised(json errors) {
  if (errors.is_null()) return json::object();
  std::string text = errors.dump();
  text =
      std::regex_replace(text, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>");
  errors = json::parse(text);
  for (json& entity : errors) {
    if (entity.is_object() && entity.contains("errors")) std::sort(entity["errors"].begin(), entity["errors"].end());
  }
  if (errors.is_array()) std::sort(errors.begin(), errors.end());
  return errors;
}

class InvalidPolicy : public ::testing::TestWithParam<std::string> {
 protected:
  InvalidPolicy()
      : directory_(corpus_directory() / "invalid" / GetParam()),
        expected_(json::parse(read_text(directory_ / "expect.json"))),
        text_(read_text(directory_ / "policy.yaml")),
        loaded_(load_policy(text_, "p")) {}

  std::filesystem::path directory_;
  json expected_;
  std::string text_;
  LoadedPolicy loaded_;
};

TEST_P(InvalidPolicy, IsRefusedIfKongRefusesIt) {
  const bool accepted = expected_["status"] == 201 && !kStricter.contains(GetParam());
  EXPECT_EQ(loaded_.diagnostics.ok(), accepted);
  for (const Diagnostic& d : loaded_.diagnostics.errors()) EXPECT_GT(d.mark.line, 0u) << to_line("policy.yaml", d);
}

TEST_P(InvalidPolicy, IsToldAsKongTellsIt) {
  if (!expected_["flattened"].is_object() || !expected_["flattened"].contains("fields")) return;
  if (kTellsMore.contains(GetParam()) || names_missing_plugin(loaded_.diagnostics)) return;
  const KongReport report = kong_report(loaded_.diagnostics.errors(), text_);
  EXPECT_EQ(normalised(report.flattened_errors), normalised(expected_["flattened"]["flattened_errors"]));
  EXPECT_EQ(report.file_fields, expected_["flattened"]["fields"]);
  EXPECT_EQ(normalised(report.fields), expected_["plain"]["fields"]);
  const std::string message = "declarative config is invalid: " + lua_text(normalised(report.fields));
  EXPECT_EQ(message, expected_["plain"]["message"].get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(All, InvalidPolicy, ::testing::ValuesIn(directories("invalid")), test_name);

json ids_sample() {
  return json::parse(read_text(corpus_directory() / "ids.json"));
}

TEST(KongIds, AreTheSameWhereKongsAreStable) {
  const json sample = ids_sample();
  const policy::Policy policy = policy_of(sample["policy"].dump());
  std::set<std::string> ours;
  const json printed = to_kong_json(policy, {});
  for (const auto& [kind, entities] : printed.items()) {
    if (!entities.is_array()) continue;
    for (const json& entity : entities) ours.insert(entity["id"]);
  }
  for (const auto& [kind, entities] : sample["ids"].items()) {
    for (const json& entity : entities) {
      if (entity["id"] == "random") continue;
      EXPECT_TRUE(ours.contains(entity["id"])) << kind << " " << entity["of"];
    }
  }
}

TEST(KongJson, HasKongsFieldsAndDefaults) {
  const json sample = ids_sample();
  const json ours = to_kong_json(policy_of(sample["policy"].dump()), {});
  for (const auto& [kind, entities] : sample["defaults_filled_as_POST_config_returns_them"].items()) {
    for (json expected : entities) {
      const auto comparable = [](json entity) {
        for (const char* key : {"created_at", "updated_at"}) {
          if (entity.contains(key)) entity[key] = "<time>";
        }
        return entity;
      };
      const bool random_id = std::none_of(ours[kind].begin(), ours[kind].end(),
                                          [&](const json& own) { return own["id"] == expected["id"]; });
      const bool found = std::any_of(ours[kind].begin(), ours[kind].end(), [&](json own) {
        if (random_id) own["id"] = expected["id"];
        return comparable(own) == expected;
      });
      EXPECT_TRUE(found) << kind << " " << expected;
    }
  }
}

TEST(KongJson, PluginDefaults_AreKongs) {
  const json samples = json::parse(read_text(corpus_directory() / "samples" / "plugin_defaults.json"));
  size_t compared = 0;
  for (const auto& [name, sample] : samples.items()) {
    const json text = {{"_format_version", "3.0"}, {"plugins", {{{"name", name}, {"config", sample["given"]}}}}};
    const LoadedPolicy loaded = load_policy(text.dump(), "p");
    if (!loaded.policy) {
      EXPECT_TRUE(names_missing_plugin(loaded.diagnostics)) << name;
      continue;
    }
    const json own = kong_entities(*loaded.policy, "plugins", {})[0];
    EXPECT_EQ(own["config"], sample["filled"]) << name;
    EXPECT_EQ(own["protocols"], sample["protocols"]) << name;
    ++compared;
  }
  constexpr size_t kWithoutSample = 2;  // syslog, oauth2-introspection
  EXPECT_EQ(compared + kWithoutSample, std::variant_size_v<policy::PluginConfig>);
}

}  // namespace
}  // namespace sluice::config
