// Bodies that plugins read whole, on their way through the exchange.
#include <gtest/gtest.h>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

using WholeBodyTest = ExchangeTest;

policy::RequestTransformerConfig add_a() {
  policy::RequestTransformerConfig config;
  config.add.body = {{"a", "1"}};
  return config;
}

policy::ResponseTransformerConfig add_b() {
  policy::ResponseTransformerConfig config;
  config.add.json = {{"b", "2"}};
  return config;
}

std::string chunk(std::string_view text) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + std::string(text) + "\r\n";
}

constexpr std::string_view kPostJson = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

TEST_F(WholeBodyTest, ChunkedBody_IsReadEditedAndSentWithItsLength) {
  rig.add_plugin(add_a());
  rig.reload();
  Peer& client = rig.send(std::string(kPostJson) + "Transfer-Encoding: chunked\r\n\r\n" + chunk("{\"x\":"));
  EXPECT_EQ(rig.origins.connections(), 0u) << "the body is not complete";
  client.send(chunk("5}") + "0\r\n\r\n");
  rig.run();
  const auto request = take_message(rig.origins[0].received());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->body, R"({"x":5,"a":"1"})");
  EXPECT_EQ(request->header("Content-Length"), "15");
  rig.origins[0].send(kOk);
  rig.run();
  EXPECT_EQ(take_message(client.received())->body, "ok");
  EXPECT_EQ(rig.edge_record().request_body_bytes, 7u);
  EXPECT_EQ(rig.counted(Counter::kGatewayBodyInspected), 1u);
}

// Plugins behind the one that waited run once, and in their order.
TEST_F(WholeBodyTest, ChainGoesOnBehindTheWait) {
  rig.add_plugin(add_a());
  rig.add_plugin(policy::RequestTerminationConfig{.status_code = 418, .message = "tea"});
  rig.reload();
  Peer& client = rig.send(std::string(kPostJson) + "Content-Length: 2\r\n\r\n{");
  EXPECT_TRUE(client.received().empty());
  client.send("}");
  rig.run();
  EXPECT_EQ(take_message(client.received())->status(), 418);
  EXPECT_EQ(rig.counted(Counter::kGatewayTerminated), 1u);
}

TEST_F(WholeBodyTest, LongChunkedBody_PassesAsItCame) {
  rig.add_plugin(add_a());
  rig.reload();
  std::string seen;
  rig.origins.answer_all([&](const HttpMessage& request) {
    seen = request.body;
    return std::string(kOk);
  });
  const std::string body(gateway::kMostBodyBytes + 100'000, 'x');
  std::string sent = std::string(kPostJson) + "Transfer-Encoding: chunked\r\n\r\n";
  for (size_t at = 0; at < body.size(); at += 8192) sent += chunk(std::string_view(body).substr(at, 8192));
  Peer& client = rig.send(sent + "0\r\n\r\n");
  EXPECT_TRUE(seen == body);
  EXPECT_EQ(take_message(client.received())->body, "ok");
  EXPECT_EQ(rig.counted(Counter::kGatewayBodyTooLong), 1u);
}

// request_buffering, as in Kong: the origin is told how long the body is, and gets it when it is complete.
class BufferedBodyTest : public ExchangeTest {
 protected:
  void SetUp() override {
    rig.policy.routes[0].request_buffering = true;
    rig.reload();
  }
};

constexpr std::string_view kPostChunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(BufferedBodyTest, ShortChunkedBody_IsSentWithItsLengthWhenItIsComplete) {
  Peer& client = rig.send(std::string(kPostChunked) + chunk("he"));
  client.send(chunk("llo"));
  rig.run();
  EXPECT_EQ(rig.origins.connections(), 0u) << "the body is not complete";
  client.send("0\r\n\r\n");
  rig.run();
  const auto request = take_message(rig.origins[0].received());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->body, "hello");
  EXPECT_EQ(request->header("Content-Length"), "5");
  EXPECT_FALSE(request->has("Transfer-Encoding"));
  rig.origins[0].send(kOk);
  rig.run();
  EXPECT_EQ(take_message(client.received())->body, "ok");
  EXPECT_EQ(rig.edge_record().request_body_bytes, 5u);
  EXPECT_EQ(rig.counted(Counter::kGatewayBodyInspected), 0u) << "no plugin has looked into it";
}

TEST_F(BufferedBodyTest, EmptyChunkedBody_HasALengthToo) {
  rig.send(std::string(kPostChunked) + "0\r\n\r\n");
  EXPECT_EQ(take_message(rig.origins[0].received())->header("Content-Length"), "0");
}

TEST_F(BufferedBodyTest, LongChunkedBody_PassesInChunks) {
  const std::string body(200'000, 'x');
  std::string sent(kPostChunked);
  for (size_t at = 0; at < body.size(); at += 8000) sent += chunk(std::string_view(body).substr(at, 8000));
  Peer& client = rig.send(sent);
  ASSERT_EQ(rig.origins.connections(), 1u) << "more than is waited for has come";
  client.send("0\r\n\r\n");
  rig.run();
  const auto request = take_message(rig.origins[0].received());
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->body == body);
  EXPECT_EQ(request->header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(rig.counted(Counter::kGatewayBodyTooLong), 0u) << "no plugin wanted it";
}

// What plugins need is not taken by those who can do without.
TEST_F(BufferedBodyTest, BodyOnABusyWorker_PassesInChunks) {
  BlockPool& blocks = rig.worker.blocks;
  std::vector<BlockPool::Block> taken;
  while (blocks.in_use_bytes() <= blocks.budget_bytes() / 4) taken.push_back(blocks.take(BlockPool::kLargest));
  Peer& client = rig.send(std::string(kPostChunked) + chunk("he"));
  ASSERT_EQ(rig.origins.connections(), 1u);
  client.send(chunk("llo") + "0\r\n\r\n");
  rig.run();
  EXPECT_TRUE(rig.origins[0].received().ends_with("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")) << rig.origins[0].received();
  for (const BlockPool::Block& block : taken) blocks.release(block);
}

TEST_F(BufferedBodyTest, BodyWithTrailers_StaysInChunks) {
  rig.send(std::string(kPostChunked) + chunk("hi") + "0\r\nX-Sum: 7\r\n\r\n");
  EXPECT_TRUE(rig.origins[0].received().ends_with("2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n")) << rig.origins[0].received();
}

TEST_F(BufferedBodyTest, BodyOverAPluginsLimit_IsRefused) {
  rig.add_plugin(policy::RequestSizeLimitingConfig{.allowed_payload_size = 3, .size_unit = policy::SizeUnit::kBytes});
  rig.reload();
  EXPECT_EQ(take_message(rig.send(std::string(kPostChunked) + chunk("hello")).received())->status(), 413);
  EXPECT_EQ(rig.origins.connections(), 0u);
}

TEST_F(BufferedBodyTest, LostConnection_GetsTheBodyAgain) {
  rig.policy.services[0].retries = 1;
  rig.reload();
  rig.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("hello") + "0\r\n\r\n");
  rig.origins[0].reset();
  rig.run();
  ASSERT_EQ(rig.origins.connections(), 2u);
  EXPECT_EQ(take_message(rig.origins[1].received())->body, "hello");
}

TEST_F(BufferedBodyTest, ClientThatLeavesWithinItsBody_IsForgotten) {
  Peer& client = rig.send(std::string(kPostChunked) + chunk("h"));
  client.reset();
  rig.run();
  EXPECT_EQ(rig.edge_record().ending, Ending::kClientGone);
  EXPECT_EQ(rig.origins.connections(), 0u);
}

// Without buffering each piece passes at once; of what is there already the length is known all the same.
TEST_F(WholeBodyTest, WithoutBuffering_OnlyABodyThatIsThereHasALength) {
  rig.send(std::string(kPostChunked) + chunk("hello") + "0\r\n\r\n");
  EXPECT_EQ(take_message(rig.origins[0].received())->header("Content-Length"), "5");
  rig.send(std::string(kPostChunked) + chunk("he"));
  ASSERT_EQ(rig.origins.connections(), 2u);
  EXPECT_NE(rig.origins[1].received().find("\r\n2\r\nhe\r\n"), std::string::npos);
}

TEST_F(WholeBodyTest, LimitOfABodyThatIsRead_IsKept) {
  rig.add_plugin(add_a());
  rig.add_plugin(policy::RequestSizeLimitingConfig{.allowed_payload_size = 3, .size_unit = policy::SizeUnit::kBytes});
  rig.reload();
  Peer& client = rig.send(std::string(kPostJson) + "Transfer-Encoding: chunked\r\n\r\n" + chunk("{   }") + "0\r\n\r\n");
  EXPECT_EQ(take_message(client.received())->status(), 413);
  EXPECT_EQ(rig.origins.connections(), 0u);
}

TEST_F(WholeBodyTest, ClientThatLeavesWithinItsBody_IsForgotten) {
  rig.add_plugin(add_a());
  rig.reload();
  Peer& client = rig.send(std::string(kPostJson) + "Content-Length: 20\r\n\r\n{");
  client.reset();
  rig.run();
  EXPECT_EQ(rig.edge_record().ending, Ending::kClientGone);
}

TEST_F(WholeBodyTest, JsonAnswer_IsEditedWhole) {
  rig.add_plugin(add_b());
  rig.reload();
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"x\"");
  rig.run();
  rig.origins[0].send(":1}");
  rig.run();
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, R"({"x":1,"b":"2"})");
  EXPECT_EQ(response->header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(rig.gateway_record().answered_by, AnsweredBy::kOrigin);
}

TEST_F(WholeBodyTest, LongJsonAnswer_PassesAsItCame) {
  rig.add_plugin(add_b());
  rig.reload();
  const std::string body = "{\"x\":\"" + std::string(gateway::kMostBodyBytes, 'x') + "\"}";
  rig.origins.answer_all([&](const HttpMessage&) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  });
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->body == body);
  EXPECT_EQ(rig.counted(Counter::kGatewayBodyTooLong), 1u);
}

TEST_F(WholeBodyTest, HeadOfAJsonAnswer_TellsNoLength) {
  rig.add_plugin(add_b());
  rig.reload();
  Peer& client = rig.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n");
  rig.run();
  EXPECT_EQ(client.received().find("Content-Length"), std::string::npos);
  EXPECT_NE(client.received().find("200 OK"), std::string::npos);
}

TEST_F(WholeBodyTest, AnswerThatUsesAnEmptyBudget_IsReplacedWithoutABody) {
  gateway::RateBudgets budgets(SipKey{3, 4}, 64);
  rig.use_rate_budgets(budgets);
  policy::ResponseRatelimitingConfig config;
  config.limits.push_back({"v", {}});
  config.limits[0].record.windows[static_cast<size_t>(policy::Window::kDay)] = 1;
  rig.add_plugin(config);
  rig.reload();
  rig.origins.answer_all([](const HttpMessage&) {
    return std::string("HTTP/1.1 200 OK\r\nX-Kong-Limit: v=1\r\nContent-Length: 2\r\n\r\nok");
  });
  EXPECT_EQ(take_message(rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").received())->body, "ok");
  const auto refused = take_message(rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").received());
  EXPECT_EQ(refused->status(), 429);
  EXPECT_EQ(refused->body, "");
  EXPECT_EQ(rig.counted(Counter::kGatewayAnswerReplaced), 1u);
}

}  // namespace
}  // namespace sluice::exchange::test
