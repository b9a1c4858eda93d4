// What an operator is told would happen to a request.
#include "exchange/inquiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class InquiryTest : public ExchangeTest {
 protected:
  void add_rule(const std::string& name, const std::string& path_prefix) {
    policy::EdgeRule& rule = rig.policy.edge.rules.emplace_back();
    rule.name = name;
    rule.match.path_prefix = path_prefix;
  }
  std::string explain_first() {
    rig.reload();
    return explain(rig.snapshot(1), {.method = "GET", .url = "/here", .headers = {}, .client = {}},
                   TestWorker::kWallStart);
  }
};

TEST_F(InquiryTest, TenThousandRules_AreToldToTheLast) {
  for (int i = 0; i < 10'000; ++i) add_rule("other" + std::to_string(i), "/elsewhere");
  add_rule("last", "/here");
  EXPECT_THAT(explain_first(), HasSubstr("rule 'last': matches"));
}

// Each of these has the rules chosen anew.
TEST_F(InquiryTest, RulesBeyondItsMemory_AreSaidToBeLeftOut) {
  for (int i = 0; i < 10'000; ++i) {
    add_rule("move" + std::to_string(i), "/here");
    rig.policy.edge.rules.back().rewrite.emplace().host = "b.example";
  }
  const std::string text = explain_first();
  EXPECT_THAT(text, HasSubstr("there is no memory for rule 'move"));
  EXPECT_THAT(text, Not(HasSubstr("rule 'move9999': matches")));
}

}  // namespace
}  // namespace sluice::exchange::test
