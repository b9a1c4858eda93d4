#include <gtest/gtest.h>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

using AnswerTest = ExchangeTest;

policy::EdgeRule respond(std::string path, policy::Respond what) {
  policy::EdgeRule rule;
  rule.name = "rule";
  rule.match.path_prefix = std::move(path);
  rule.respond = std::move(what);
  return rule;
}

TEST_F(AnswerTest, EdgeRule_AnswersWithoutTheGateway) {
  rig.policy.edge.rules = {respond("/ping", {.body = "pong"})};
  rig.reload();
  Peer& client = rig.send("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status(), 200);
  EXPECT_EQ(response->body, "pong");
  const EdgeRecord record = rig.edge_record();
  EXPECT_EQ(record.answered_by, AnsweredBy::kEdge);
  EXPECT_EQ(record.path.view(), "/ping");
  EXPECT_EQ(record.response_body_bytes, 4u);
  EXPECT_TRUE(rig.gateway_records().empty());
  EXPECT_EQ(rig.counted(Counter::kExchangeAnsweredByEdge), 1u);
}

TEST_F(AnswerTest, EdgeRule_EditsEveryAnswersHeaders) {
  policy::EdgeRule rule;
  rule.name = "harden";
  rule.response_headers = policy::ResponseHeaders{.remove = {"X-Inner"}, .set = {{"X-Edge", "1"}}};
  rig.policy.edge.rules = {rule};
  rig.reload();
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Inner: 1\r\n\r\n");
  rig.run();
  const auto response = take_message(client.received());
  EXPECT_FALSE(response->has("X-Inner"));
  EXPECT_EQ(response->header("X-Edge"), "1");
}

TEST_F(AnswerTest, Plugin_AnswersWithoutTheOrigin) {
  rig.add_plugin(policy::RequestTerminationConfig{.status_code = 418, .message = "tea"});
  rig.reload();
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto response = take_message(client.received());
  EXPECT_EQ(response->status(), 418);
  EXPECT_EQ(response->body, R"({"message":"tea"})");
  const GatewayRecord record = rig.gateway_record();
  EXPECT_EQ(record.answered_by, AnsweredBy::kGateway);
  EXPECT_EQ(record.tries, 0);
  EXPECT_EQ(record.route_name.view(), "all");
  EXPECT_FALSE(record.failure.failed);
}

TEST_F(AnswerTest, NoRoute_IsNotFound) {
  rig.policy.routes[0].paths = {"/only"};
  rig.reload();
  Peer& client = rig.send("GET /else HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(take_message(client.received())->status(), 404);
  const GatewayRecord record = rig.gateway_record();
  EXPECT_EQ(record.route_name.view(), "");
  EXPECT_EQ(record.path.view(), "/else");
}

TEST_F(AnswerTest, LongAnswer_GoesOutAsTheWindowAllows) {
  Rig small({.window_bytes = 100});
  const std::string body(20'000, 'b');
  small.policy.edge.rules = {respond("/", {.body = body})};
  small.reload();
  Peer& client = small.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(take_message(client.received())->body, body);
}

TEST_F(AnswerTest, AnswerToHead_HasTheLengthAndNoBody) {
  rig.policy.edge.rules = {respond("/", {.body = "hello"})};
  rig.reload();
  Peer& client = rig.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(take_message(client.received(), Body::kNone)->header("Content-Length"), "5");
  EXPECT_EQ(client.received(), "");
}

TEST_F(AnswerTest, AnswerWithoutContent_HasNeitherBodyNorLength) {
  rig.policy.edge.rules = {respond("/", {.status = 204})};
  rig.reload();
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_FALSE(take_message(client.received(), Body::kNone)->has("Content-Length"));
  EXPECT_EQ(client.received(), "");
}

TEST_F(AnswerTest, AnswerBeforeTheBody_LeavesTheConnectionUsable) {
  rig.add_plugin(policy::RequestTerminationConfig{.trigger = "X-Stop"});
  rig.reload();
  Peer& client = rig.send("POST / HTTP/1.1\r\nHost: a\r\nX-Stop: 1\r\nContent-Length: 5\r\n\r\nhe");
  EXPECT_EQ(take_message(client.received())->status(), 503);
  client.send("lloGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.run();
  rig.origins[0].send(kOk);
  rig.run();
  EXPECT_EQ(take_message(client.received())->status(), 200);
}

// A method that a plugin rewrites must not show on the client's side.
TEST_F(AnswerTest, HeadRewrittenToGet_StillGetsNoBody) {
  policy::RequestTransformerConfig transform;
  transform.http_method = "GET";
  rig.add_plugin(transform);
  rig.reload();
  Peer& client = rig.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(take_message(rig.origins[0].received())->start_line, "GET / HTTP/1.1");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  rig.run();
  const auto answer = take_message(client.received(), Body::kNone);
  EXPECT_EQ(answer->status(), 200);
  EXPECT_EQ(answer->header("Content-Length"), "5");
  EXPECT_EQ(client.received(), "");
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.run();
  rig.origins.last().send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  rig.run();
  EXPECT_EQ(take_message(client.received(), Body::kNone)->status(), 200);
}

TEST_F(AnswerTest, KeptAnswerToHead_HasTheLengthOfTheOrigins) {
  cache::ResponseStore kept(size_t{1} << 20, 1);
  rig.use_responses(kept);
  policy::ProxyCacheConfig cache;
  cache.content_type = {"text/plain"};
  rig.add_plugin(cache);
  policy::EdgeRule rule;
  rule.name = "head";
  rule.match.methods = {"GET"};
  rule.rewrite = policy::Rewrite{.method = "HEAD"};
  rig.policy.edge.rules = {rule};
  rig.reload();
  Peer& client = rig.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
  rig.run();
  ASSERT_TRUE(take_message(client.received(), Body::kNone));
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.run();
  const auto again = take_message(client.received(), Body::kNone);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->header("X-Cache-Status"), "Hit");
  EXPECT_EQ(again->header("Content-Length"), "5");
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.run();
  const auto whole = take_message(client.received());
  ASSERT_TRUE(whole) << "a client that asked for a body is told how long the one is that it gets";
  EXPECT_EQ(whole->header("X-Cache-Status"), "Hit");
  EXPECT_EQ(whole->header("Content-Length"), "0");
}

TEST_F(AnswerTest, GetRewrittenToHead_GetsAnEmptyBody) {
  policy::RequestTransformerConfig transform;
  transform.http_method = "HEAD";
  rig.add_plugin(transform);
  rig.reload();
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  rig.run();
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->header("Content-Length"), "0");
}

}  // namespace
}  // namespace sluice::exchange::test
