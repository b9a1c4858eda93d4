// Requests whose token an authorization server must be asked about: they wait for that as long as its timeout says. The
// test answers in control's stead.
#include "exchange_rig.h"

namespace sluice::exchange {
namespace {

using namespace test;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer t\r\n\r\n";

class IntrospectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    rig.use_introspections(known);
    rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
    policy::Oauth2IntrospectionConfig config;
    config.introspection_url = "http://as.example/";
    config.authorization_value = policy::Secret("Basic x");
    config.timeout = Duration::seconds(30);
    rig.add_plugin(config);
    rig.reload();
  }

  const IntrospectionQuestion& asked() { return rig.introspection_desk.questions.back(); }
  bool wake(Woken how) {
    const bool woken = rig.server().wake(asked().waiting, how);
    rig.run();
    return woken;
  }
  int status(Peer& client) {
    const auto message = take_message(client.received());
    return message ? message->status() : 0;
  }

  gateway::Introspections known{size_t{1} << 20};
  Rig rig;
};

TEST_F(IntrospectionTest, Request_WaitsUntilItsTokenIsKnown) {
  Peer& client = rig.send(kGet);
  EXPECT_EQ(status(client), 0);
  ASSERT_EQ(rig.introspection_desk.questions.size(), 1u);
  EXPECT_EQ(asked().token(), "t");
  ASSERT_TRUE(known.keep(*asked().terms, asked().key, R"({"active":true})", rig.worker.clock.wall_now()));
  EXPECT_TRUE(wake(Woken::kServed));
  EXPECT_EQ(status(client), 200);
  EXPECT_EQ(status(rig.send(kGet)), 200);
  EXPECT_EQ(rig.introspection_desk.questions.size(), 1u);
}

TEST_F(IntrospectionTest, TokenThatIsKnown_IsNotAskedAboutAgainByABusyWorker) {
  Peer& first = rig.send(kGet);
  ASSERT_TRUE(known.keep(*asked().terms, asked().key, R"({"active":true})", rig.worker.clock.wall_now()));
  wake(Woken::kServed);
  ASSERT_EQ(status(first), 200);
  BlockPool& blocks = rig.worker.blocks;
  std::vector<BlockPool::Block> taken;
  while (blocks.in_use_bytes() <= blocks.budget_bytes() / 2) taken.push_back(blocks.take(BlockPool::kLargest));
  EXPECT_EQ(status(rig.send(kGet)), 200);
  EXPECT_EQ(rig.introspection_desk.questions.size(), 1u);
  for (const BlockPool::Block& block : taken) blocks.release(block);
}

TEST_F(IntrospectionTest, WaitInVain_IsAnError) {
  Peer& failed = rig.send(kGet);
  wake(Woken::kInVain);
  EXPECT_EQ(status(failed), 500);
  Peer& busy = rig.send(kGet);
  wake(Woken::kBusy);
  EXPECT_EQ(status(busy), 503);
}

TEST_F(IntrospectionTest, Wait_LastsAsLongAsTheTimeoutAndNoLonger) {
  Peer& client = rig.send(kGet);
  rig.advance(Duration::seconds(30));
  EXPECT_EQ(status(client), 0);
  rig.advance(Duration::seconds(3));
  EXPECT_EQ(status(client), 500);
  EXPECT_EQ(rig.counted(Counter::kExchangeWaitTimeouts), 1u);
  EXPECT_FALSE(wake(Woken::kServed)) << "too late";
  EXPECT_EQ(rig.counted(Counter::kExchangeLateReplies), 1u);
}

// Plugins behind the one that waited filter the answer, as they do when it has answered itself.
TEST_F(IntrospectionTest, WaitThatLastsTooLong_IsAnsweredThroughTheLaterPlugins) {
  rig.add_plugin(policy::ResponseTransformerConfig{.add = {.headers = {{"X-Later", "1"}}}});
  rig.reload();
  Peer& client = rig.send(kGet);
  rig.advance(Duration::seconds(33));
  EXPECT_EQ(take_message(client.received())->header("X-Later"), "1");
}

TEST_F(IntrospectionTest, ClientThatLeaves_LeavesNothingBehind) {
  rig.send(kGet).reset();
  rig.run();
  EXPECT_FALSE(wake(Woken::kServed));
}

}  // namespace
}  // namespace sluice::exchange
