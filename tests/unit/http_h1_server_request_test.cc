// Requests at a server: heads and bodies in whatever pieces, pipelines, refusals, Expect.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http_h1_server_fixture.h"

namespace sluice::http {

TEST_F(Server, AnswersARequest) {
  client->send(get("/x?y"));
  ASSERT_EQ(handler.requests, (std::vector<std::string>{"GET /x?y"}));
  EXPECT_TRUE(handler.transaction->body_complete());
  handler.answer("hello");
  worker.run_tasks();
  EXPECT_EQ(take(), ok("hello"));
  EXPECT_EQ(worker.counted(Counter::kHttpRequests), 1u);
}

TEST_F(Server, AnswersFromInsideOnRequest) {
  handler.answers_at_once = true;
  client->send(get("/1"));
  client->send(get("/2"));
  EXPECT_EQ(take(), ok() + ok());
}

TEST_F(Server, HeadByteByByte) {
  handler.answers_at_once = true;
  client->send_in_bytes(get("/slow", "X-A: b\r\n"));
  EXPECT_EQ(take(), ok());
}

TEST_F(Server, SmallAnswerLeavesInOneWrite) {
  client->send(get());
  handler.answer("hello");
  worker.run_tasks();
  EXPECT_EQ(take(), ok("hello"));
}

TEST_F(Server, HeadAloneLeavesAtTheEndOfTheTurn) {
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kChunked, 0}));
  EXPECT_EQ(take(), "");
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST_F(Server, IdleSessionHoldsNoBlocks) {
  handler.answers_at_once = true;
  client->send(get());
  EXPECT_EQ(take(), ok());
  EXPECT_EQ(worker.blocks.in_use_bytes(), 0u);
}

// ---- Pipelining

TEST_F(Server, Pipelining_AnswersInOrderOneAtATime) {
  client->send(get("/1") + get("/2") + get("/3"));
  ASSERT_EQ(handler.requests.size(), 1u);
  handler.answer("one");
  worker.run_tasks();
  ASSERT_EQ(handler.requests.size(), 2u);
  handler.answer("two");
  worker.run_tasks();
  handler.answer("three");
  worker.run_tasks();
  EXPECT_EQ(take(), ok("one") + ok("two") + ok("three"));
}

TEST_F(Server, Pipelining_ManyAnsweredAtOnce) {
  handler.answers_at_once = true;
  std::string requests, answers;
  for (int i = 0; i < 200; ++i) {
    requests += get("/" + std::to_string(i));
    answers += ok();
  }
  client->send(requests);
  EXPECT_EQ(take(), answers);
}

TEST_F(Server, Pipelining_BehindABody) {
  handler.answers_at_once = true;
  client->send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + get("/2"));
  EXPECT_EQ(handler.requests, (std::vector<std::string>{"POST /1", "GET /2"}));
  EXPECT_EQ(take(), ok() + ok());
}

TEST_F(Server, Pipelining_EmptyLinesBetweenRequests) {
  handler.answers_at_once = true;
  client->send(get("/1") + "\r\n\r\n" + get("/2"));
  EXPECT_EQ(handler.requests.size(), 2u);
}

// ---- Refusals

TEST_F(Server, Refusal_AnswersAndReadsNoFurther) {
  client->send("GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n" + get("/evil"));
  EXPECT_EQ(take(), "HTTP/1.1 400 No\r\nX-Refused: 1\r\nConnection: close\r\nContent-Length: 7\r\n\r\nrefused");
  EXPECT_TRUE(handler.requests.empty());
  EXPECT_TRUE(client->ended);
  EXPECT_EQ(worker.counted(Counter::kHttpSpaceBeforeColon), 1u);
  EXPECT_EQ(handler.refused_reasons, (std::vector<Counter>{Counter::kHttpSpaceBeforeColon}));
  client->send(get("/evil"));
  EXPECT_TRUE(handler.requests.empty());
  EXPECT_FALSE(pair->server().aborted());
}

TEST_F(Server, Refusal_OfHeadHasNoBody) {
  client->send("HEAD /%g HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(take(), "HTTP/1.1 400 No\r\nX-Refused: 1\r\nConnection: close\r\nContent-Length: 7\r\n\r\n");
}

TEST_F(Server, Refusal_AfterAGoodRequestComesInOrder) {
  client->send(get("/1") + "BAD\r\n\r\n");
  EXPECT_TRUE(handler.refused.empty());
  handler.answer("one");
  worker.run_tasks();
  EXPECT_EQ(handler.refused, (std::vector<int>{400}));
  EXPECT_TRUE(take().starts_with(ok("one") + "HTTP/1.1 400"));
}

TEST_F(Server, Refusal_ClosesWhenTheClientDoes) {
  client->send("BAD\r\n\r\n");
  EXPECT_EQ(server->connections(), 1u);
  pair->client().shutdown_write();
  worker.run_tasks();
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Server, Refusal_LingersNoLongerThanItsTime) {
  client->send("BAD\r\n\r\n");
  worker.advance(limits.drain_timeout + Duration::milliseconds(2));
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_FALSE(pair->server().aborted());
}

TEST_F(Server, Refusal_DrainsNoMoreThanItsBytes) {
  limits.drain_bytes = 1000;
  client->send("BAD\r\n\r\n");
  client->send(std::string(999, 'x'));
  EXPECT_FALSE(pair->server().aborted());
  client->send("xx");
  EXPECT_TRUE(pair->server().aborted());
  EXPECT_EQ(worker.counted(Counter::kHttpDrainLimit), 1u);
}

TEST_F(Server, HeadTooLarge) {
  limits.header_bytes = 1024;
  client->send(get("/", "X: " + std::string(2000, 'x') + "\r\n"));
  EXPECT_EQ(handler.refused, (std::vector<int>{431}));
}

TEST_F(Server, TargetLongerThanAllOfAHead) {
  limits.header_bytes = 1024;
  client->send("GET /" + std::string(2000, 'x'));
  EXPECT_EQ(handler.refused, (std::vector<int>{414}));
}

TEST_F(Server, WithoutAnExchangeItIs503) {
  handler.out_of_memory = true;
  client->send(get());
  EXPECT_EQ(handler.refused, (std::vector<int>{503}));
  EXPECT_TRUE(client->ended);
}

// ---- Request bodies

TEST_F(Server, Body_ByLengthStreams) {
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  EXPECT_EQ(handler.body, "hello");
  EXPECT_FALSE(handler.transaction->body_complete());
  client->send("world" + get("/2"));
  EXPECT_EQ(handler.body, "helloworld");
  EXPECT_TRUE(handler.transaction->body_complete());
  handler.answer("x");
  worker.run_tasks();
  EXPECT_EQ(handler.requests.size(), 2u);
}

TEST_F(Server, Body_IsThereWhenItCameWithTheHead) {
  handler.takes_body = false;
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(handler.transaction->body_complete());
  EXPECT_EQ(test::text_of(handler.transaction->body()), "hello");
  EXPECT_EQ(handler.body_events, 1);
}

TEST_F(Server, Body_ChunkedByteByByteWithTrailers) {
  client->send_in_bytes(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-T: "
      "1\r\n\r\n");
  EXPECT_EQ(handler.body, "hello world");
  EXPECT_TRUE(handler.transaction->body_complete());
  EXPECT_EQ(handler.transaction->trailers().find("x-t"), "1");
}

TEST_F(Server, Body_BackPressureReachesTheClient) {
  start(10000);
  handler.takes_body = false;
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n");
  const size_t room = pair->client().room();
  client->send(std::string(room, 'x'));
  EXPECT_EQ(pair->client().room(), 0u);
  EXPECT_EQ(handler.transaction->body().size(), room);
  handler.take();
  EXPECT_EQ(pair->client().room(), 10000u);
}

TEST_F(Server, Body_OfManyTinyChunksComesAsItIsConsumed) {
  std::string chunks;
  for (int i = 0; i < 300; ++i) chunks += "1\r\nx\r\n";
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");
  EXPECT_EQ(handler.body, std::string(300, 'x'));
  EXPECT_TRUE(handler.transaction->body_complete());
}

TEST_F(Server, Body_BadChunkAtOnceIsRefusedWithoutAnExchange) {
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_TRUE(handler.requests.empty());
  EXPECT_EQ(handler.refused, (std::vector<int>{400}));
}

TEST_F(Server, Body_BadChunkLaterTellsTheExchangeThenAnswers) {
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
  client->send("zz\r\n");
  EXPECT_EQ(handler.gone, Counter::kHttpChunkSize);
  EXPECT_EQ(handler.refused, (std::vector<int>{400}));
  EXPECT_TRUE(take().starts_with("HTTP/1.1 400 No\r\n"));
}

TEST_F(Server, Body_BadChunkBehindTheResponseHeadResets) {
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
  ASSERT_TRUE(handler.send_head(200, {Framing::kChunked, 0}));
  client->send("zz\r\n");
  EXPECT_EQ(handler.gone, Counter::kHttpChunkSize);
  EXPECT_TRUE(pair->server().aborted());
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Server, Body_CutShortByTheClient) {
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  pair->client().shutdown_write();
  worker.run_tasks();
  EXPECT_EQ(handler.gone, Counter::kHttpClientClosed);
}

TEST_F(Server, Body_OverTheLimitIs413) {
  limits.body_bytes = 4;
  client->send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  EXPECT_EQ(handler.refused, (std::vector<int>{413}));
}

// ---- Expect: 100-continue

constexpr std::string_view kExpecting =
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";

TEST_F(Server, Expect_IsAskedForWhenNotAnsweredAtOnce) {
  client->send(kExpecting);
  EXPECT_EQ(take(), "HTTP/1.1 100 Continue\r\n\r\n");
  client->send("hello");
  EXPECT_EQ(handler.body, "hello");
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(), ok());
}

TEST_F(Server, Expect_AnsweredByATaskOfTheSameTurnNeedsNo100) {
  struct Answer {
    Handler& handler;
    Task task{[](void* self) { static_cast<Answer*>(self)->handler.answer("ok"); }, this};
  } answer{handler};
  handler.posts_on_request = &answer.task;
  client->send(kExpecting);
  EXPECT_TRUE(take().starts_with("HTTP/1.1 200 R\r\nConnection: close\r\n"));
}

TEST_F(Server, Expect_AnsweredAtOnceClosesAsTheBodyMayOrMayNotCome) {
  handler.answers_at_once = true;
  client->send(kExpecting);
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_TRUE(client->ended);
  client->send(get("/evil"));
  EXPECT_EQ(handler.requests.size(), 1u);
}

TEST_F(Server, Expect_IsNotAskedForWhenTheBodyCameAlong) {
  client->send(std::string(kExpecting) + "he");
  EXPECT_EQ(take(), "");
}

}  // namespace sluice::http
