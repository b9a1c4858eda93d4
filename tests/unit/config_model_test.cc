// The policy model: defaults, field tables and small types.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "sluice/policy/node.h"
#include "sluice/policy/policy.h"

namespace sluice::policy {
namespace {

// Lists the names of a field table.
struct Names {
  std::vector<std::string> seen;
  template <typename T>
  void operator()(std::string_view name, const T&, const FieldInfo&) {
    seen.emplace_back(name);
  }
};

TEST(PolicyModel, FieldTable_ListsEachFieldOnceInOrder) {
  const KeyAuthConfig config;
  Names names;
  KeyAuthConfig::fields(config, names);
  EXPECT_EQ(names.seen, (std::vector<std::string>{"key_names", "hide_credentials", "anonymous", "key_in_header",
                                                  "key_in_query", "key_in_body", "run_on_preflight", "realm"}));
}

TEST(PolicyModel, Plugin_KnowsItsNameAndPriority) {
  Plugin plugin;
  plugin.config = RateLimitingConfig{};
  EXPECT_EQ(plugin.name(), "rate-limiting");
  EXPECT_EQ(plugin.info().priority, 910);
}

TEST(PolicyModel, Uuid_RoundTripsAndOrdersAsText) {
  const auto low = Uuid::parse("11111111-1111-4111-8111-111111111111");
  const auto high = Uuid::parse("22222222-2222-4222-8222-222222222222");
  ASSERT_TRUE(low && high);
  EXPECT_LT(*low, *high);
  EXPECT_EQ(high->to_string(), "22222222-2222-4222-8222-222222222222");
  EXPECT_FALSE(Uuid::parse("11111111-1111-4111-8111-11111111111"));
  EXPECT_FALSE(Uuid::parse("11111111_1111-4111-8111-111111111111"));
  EXPECT_FALSE(Uuid::parse("1111111g-1111-4111-8111-111111111111"));
}

TEST(PolicyModel, Secret_ComparesWholeAndPrintsRedacted) {
  const Secret secret("abc");
  EXPECT_TRUE(secret.equals("abc"));
  EXPECT_FALSE(secret.equals("ab"));
  EXPECT_FALSE(secret.equals("abcabc"));
  EXPECT_FALSE(Secret().equals("x"));
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
}

}  // namespace
}  // namespace sluice::policy
