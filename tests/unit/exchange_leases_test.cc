// Requests under rate limits that machines share: they wait for their first token only, and for nothing when the store
// is away. The test answers in control's stead.
#include "exchange_rig.h"

namespace sluice::exchange {
namespace {

using namespace test;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

class LeaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rig.use_rate_budgets(budgets);
    rig.origins.answer_all([this](const HttpMessage&) { return origin_answer; });
  }

  void limit(bool fault_tolerant = true) {
    policy::RateLimitingConfig config;
    config.limits[static_cast<size_t>(policy::Window::kHour)] = 5;
    config.limit_by = policy::LimitBy::kIp;
    config.policy = policy::CounterPolicy::kRedis;
    config.fault_tolerant = fault_tolerant;
    rig.add_plugin(config);
    rig.reload();
  }
  void limit_answers(bool fault_tolerant = true) {
    policy::ResponseRatelimitingConfig config;
    config.limits.push_back({"video", {}});
    config.limits[0].record.windows[static_cast<size_t>(policy::Window::kHour)] = 5;
    config.limit_by = policy::ResponseLimitBy::kIp;
    config.policy = policy::CounterPolicy::kRedis;
    config.fault_tolerant = fault_tolerant;
    rig.add_plugin(config);
    rig.reload();
  }

  const LeaseQuestion& asked() { return rig.desk.questions.back(); }
  // Control's answer to the last question.
  void wake(Woken how) {
    ASSERT_TRUE(asked().waiting);
    rig.server().wake(*asked().waiting, how);
    rig.run();
  }
  int status(Peer& client) {
    const auto message = take_message(client.received());
    return message ? message->status() : 0;
  }

  gateway::RateBudgets budgets{SipKey{1, 2}, 64};
  Rig rig;
  std::string origin_answer = std::string(kOk);
};

TEST_F(LeaseTest, FirstRequest_WaitsForATokenAndTakesIt) {
  limit();
  Peer& client = rig.send(kGet);
  EXPECT_EQ(status(client), 0);
  ASSERT_EQ(rig.desk.questions.size(), 1u);
  EXPECT_EQ(asked().terms->prefix,
            "ratelimit:00000000-0000-0000-0000-000000000000:00000000-0000-0000-0000-000000000000:");
  EXPECT_EQ(asked().limits[0].most, 5u);
  budgets.grant(asked().limits[0].place, 1, 3);
  wake(Woken::kServed);
  const auto answer = take_message(client.received());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 200);
  EXPECT_EQ(answer->header("X-RateLimit-Remaining-Hour"), "2");
  EXPECT_EQ(rig.counted(Counter::kGatewayRateLeaseWaits), 1u);
}

TEST_F(LeaseTest, TokenThatIsThere_IsTakenWithoutWaiting) {
  limit();
  rig.send(kGet);
  budgets.grant(asked().limits[0].place, 2, 2);
  wake(Woken::kServed);
  EXPECT_EQ(status(rig.send(kGet)), 200);
  EXPECT_EQ(rig.desk.questions.size(), 1u);
}

TEST_F(LeaseTest, TokenThatAnotherTook_IsAskedForAgain) {
  limit();
  Peer& client = rig.send(kGet);
  wake(Woken::kServed);
  EXPECT_EQ(status(client), 0);
  EXPECT_EQ(rig.desk.questions.size(), 2u);
  budgets.grant(asked().limits[0].place, 1, 1);
  wake(Woken::kServed);
  EXPECT_EQ(status(client), 200);
}

TEST_F(LeaseTest, NothingLeft_IsRefused) {
  limit();
  Peer& client = rig.send(kGet);
  const WallTime later{rig.worker.clock.wall_now().ns + 1'000'000'000};
  budgets.refuse(asked().limits[0].place, 5, later);
  wake(Woken::kServed);
  EXPECT_EQ(status(client), 429);
  EXPECT_EQ(status(rig.send(kGet)), 429);
  EXPECT_EQ(rig.desk.questions.size(), 1u);
}

TEST_F(LeaseTest, StoreAway_LetsRequestsPassWithoutHeaders) {
  limit();
  Peer& client = rig.send(kGet);
  wake(Woken::kInVain);
  const auto answer = take_message(client.received());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), 200);
  EXPECT_EQ(answer->header("X-RateLimit-Limit-Hour"), "");
  EXPECT_EQ(rig.counted(Counter::kGatewayRateStoreAwayPassed), 1u);
}

TEST_F(LeaseTest, StoreAway_IsAnErrorWhereFaultsAreNotTolerated) {
  limit(false);
  Peer& client = rig.send(kGet);
  wake(Woken::kInVain);
  EXPECT_EQ(status(client), 500);
  EXPECT_EQ(rig.counted(Counter::kGatewayRateStoreAway), 1u);
}

TEST_F(LeaseTest, StoreKnownToBeAway_IsNotAsked) {
  limit();
  Peer& first = rig.send(kGet);
  wake(Woken::kInVain);
  EXPECT_EQ(status(first), 200);
  asked().terms->away = true;
  EXPECT_EQ(status(rig.send(kGet)), 200);
  EXPECT_EQ(rig.desk.questions.size(), 1u);
}

TEST_F(LeaseTest, FullDesk_IsAsAStoreThatIsAway) {
  limit(false);
  rig.desk.full = true;
  EXPECT_EQ(status(rig.send(kGet)), 500);
}

TEST_F(LeaseTest, ClientThatLeaves_IsNotWoken) {
  limit();
  Peer& client = rig.send(kGet);
  client.reset();
  rig.run();
  wake(Woken::kServed);
  EXPECT_EQ(rig.counted(Counter::kExchangeLateReplies), 1u);
}

TEST_F(LeaseTest, UseOfAnAnswer_IsToldWhereItGoesBeyondTheLease) {
  limit_answers();
  origin_answer = "HTTP/1.1 200 OK\r\nX-Kong-Limit: video=3\r\nContent-Length: 2\r\n\r\nok";
  Peer& client = rig.send(kGet);
  EXPECT_EQ(asked().terms->name, "video:");
  budgets.grant(asked().limits[0].place, 1, 1);
  wake(Woken::kServed);
  const auto answer = take_message(client.received());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("X-RateLimit-Remaining-video-hour"), "2");
  ASSERT_EQ(rig.desk.questions.size(), 2u);
  EXPECT_FALSE(asked().waiting);
  EXPECT_EQ(budgets.unused(asked().limits[0].place), -2);
}

TEST_F(LeaseTest, AnswerThatUsesWhatIsNotLeft_Is429) {
  limit_answers();
  origin_answer = "HTTP/1.1 200 OK\r\nX-Kong-Limit: video=1\r\nContent-Length: 2\r\n\r\nok";
  Peer& client = rig.send(kGet);
  budgets.refuse(asked().limits[0].place, 5, WallTime{rig.worker.clock.wall_now().ns + 1'000'000'000});
  wake(Woken::kServed);
  EXPECT_EQ(status(client), 429);
}

TEST_F(LeaseTest, StoreAway_LetsAnswersPassUncounted) {
  limit_answers();
  origin_answer = "HTTP/1.1 200 OK\r\nX-Kong-Limit: video=1\r\nContent-Length: 2\r\n\r\nok";
  Peer& client = rig.send(kGet);
  wake(Woken::kInVain);
  EXPECT_EQ(status(client), 200);
}

}  // namespace
}  // namespace sluice::exchange
