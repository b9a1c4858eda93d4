// Connections of a server: keep-alive, early answers, time, draining, bounds.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http_h1_server_fixture.h"

namespace sluice::http {

// ---- Keep-alive and the end of connections

TEST_F(Server, KeepAlive_CloseIsHonoured) {
  client->send(get("/", "Connection: close\r\n"));
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_TRUE(client->ended);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Server, KeepAlive_Version10OnlyWhenAsked) {
  handler.answers_at_once = true;
  client->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(take(), ok());
  EXPECT_FALSE(client->ended);
  client->send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(client->ended);
}

TEST_F(Server, KeepAlive_EndsAfterTheLimitOfRequests) {
  limits.requests_per_connection = 2;
  handler.answers_at_once = true;
  client->send(get());
  EXPECT_EQ(take(), ok());
  client->send(get() + get());
  EXPECT_TRUE(take().find("Connection: close") != std::string::npos);
  EXPECT_EQ(handler.requests.size(), 2u);
}

TEST_F(Server, KeepAlive_ExchangeMayCloseAfterItsResponse) {
  client->send(get());
  handler.transaction->close_after_response();
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_TRUE(client->ended);
}

TEST_F(Server, EarlyAnswer_SkipsAShortRestAndGoesOn) {
  client->send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(), ok());
  client->send("world" + get("/2"));
  EXPECT_EQ(handler.requests, (std::vector<std::string>{"POST /1", "GET /2"}));
}

TEST_F(Server, EarlyAnswer_ClosesWhenTheRestIsLong) {
  limits.drain_bytes = 100;
  client->send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhello");
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_TRUE(take().find("Connection: close") != std::string::npos);
  EXPECT_TRUE(client->ended);
  EXPECT_FALSE(pair->server().aborted());
}

TEST_F(Server, EarlyAnswer_SkipsNoLongerThanItsTime) {
  client->send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  handler.answer("ok");
  worker.advance(limits.drain_timeout + Duration::milliseconds(2));
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Server, ClientClosesBetweenRequests) {
  handler.answers_at_once = true;
  client->send(get());
  pair->client().shutdown_write();
  worker.run_tasks();
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(worker.counted(Counter::kHttpClientClosed), 0u);
}

TEST_F(Server, ClientEndsItsSideAndStillGetsItsAnswer) {
  client->send(get());
  pair->client().shutdown_write();
  worker.run_tasks();
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(), ok());
  EXPECT_EQ(server->connections(), 0u);
}

// A stack that is short of packets lets a connection go: nothing that the client did.
TEST_F(Server, StreamThatWeGiveUp_IsNotTheClientsFault) {
  client->send(get());
  pair->server().fail(stream::CloseReason::kAborted);
  worker.run_tasks();
  EXPECT_EQ(handler.gone, Counter::kHttpNoMemory);
  EXPECT_EQ(handler.gone_side, Side::kSelf);
  EXPECT_EQ(worker.counted(Counter::kHttpClientClosed), 0u);
}

TEST_F(Server, ClientResetsWithinAnExchange) {
  client->send(get());
  pair->server().fail(stream::CloseReason::kReset);
  worker.run_tasks();
  EXPECT_EQ(handler.gone, Counter::kHttpClientClosed);
  EXPECT_EQ(server->connections(), 0u);
}

// ---- Time

// RFC 9112 2.2: an old client ends a body with a CRLF that belongs to nothing.
TEST_F(Server, EmptyLineBehindARequest_BeginsNone) {
  handler.answers_at_once = true;
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  take();
  client->send("\r\n");
  EXPECT_EQ(worker.blocks.in_use_bytes(), 0u);
  worker.advance(limits.header_timeout + Duration::seconds(1));
  EXPECT_EQ(take(), "");
  EXPECT_EQ(server->connections(), 1u);
  worker.advance(limits.idle_timeout - limits.header_timeout);
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(worker.counted(Counter::kHttpIdleClosed), 1u);
  EXPECT_EQ(worker.counted(Counter::kHttpHeaderTimeout), 0u);
}

// Lines that belong to nothing do not keep a connection.
TEST_F(Server, EmptyLinesAlone_DoNotPutOffTheIdleTimeout) {
  for (int64_t s = 0; s < limits.idle_timeout.s(); s += 5) {
    EXPECT_EQ(server->connections(), 1u) << s;
    client->send("\r\n");
    worker.advance(Duration::seconds(5));
  }
  worker.advance(Duration::seconds(1));
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(worker.counted(Counter::kHttpIdleClosed), 1u);
}

TEST_F(Server, Timeout_IdleConnectionIsClosed) {
  worker.advance(limits.idle_timeout - Duration::milliseconds(1));
  EXPECT_EQ(server->connections(), 1u);
  worker.advance(Duration::milliseconds(3));
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(worker.counted(Counter::kHttpIdleClosed), 1u);
}

// Timers run before what has arrived in the same turn is looked at.
TEST_F(Server, Timeout_OfTheTurnInWhichARequestArrives) {
  handler.answers_at_once = true;
  const auto arrive_at = [&](Duration timeout, std::string_view text) {
    EXPECT_TRUE(pair->client().write(worker.slices(text)));
    worker.clock.advance(timeout);
    worker.timers.poll(worker.clock.now());
    worker.run_tasks();
  };
  arrive_at(limits.idle_timeout + Duration::milliseconds(2), get());
  EXPECT_EQ(take(), ok());
  client->send("GET / HTTP/1.1\r\n");
  arrive_at(limits.header_timeout + Duration::milliseconds(2), "Host: a\r\n\r\n");
  EXPECT_EQ(take(), ok());
  arrive_at(limits.idle_timeout + Duration::milliseconds(2), "\r\n");
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Server, Timeout_IdleStartsAnewWithEachRequest) {
  handler.answers_at_once = true;
  for (int i = 0; i < 3; ++i) {
    worker.advance(limits.idle_timeout - Duration::seconds(1));
    client->send(get());
  }
  EXPECT_EQ(handler.requests.size(), 3u);
}

TEST_F(Server, Timeout_DrippedHeadIs408) {
  client->send("G");
  const int seconds = static_cast<int>(limits.header_timeout.s());
  for (int i = 0; i < seconds; ++i) {
    EXPECT_TRUE(handler.refused.empty());
    client->send("E");
    worker.advance(Duration::seconds(1));
  }
  worker.advance(Duration::milliseconds(2));
  EXPECT_EQ(handler.refused, (std::vector<int>{408}));
}

TEST_F(Server, Timeout_StalledBodyIs408) {
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  worker.advance(limits.body_timeout + Duration::milliseconds(2));
  EXPECT_EQ(handler.gone, Counter::kHttpBodyTimeout);
  EXPECT_EQ(handler.refused, (std::vector<int>{408}));
}

TEST_F(Server, Timeout_BodySlowerThanTheLeastRate) {
  limits.min_body_rate_bytes = 10;
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  client->send(std::string(10 * static_cast<size_t>(limits.body_timeout.s()), 'x'));
  worker.advance(limits.body_timeout + Duration::milliseconds(2));
  EXPECT_EQ(handler.gone, std::nullopt);
  client->send("slow");
  worker.advance(limits.body_timeout + Duration::milliseconds(2));
  EXPECT_EQ(handler.gone, Counter::kHttpBodyTimeout);
}

TEST_F(Server, Timeout_DoesNotCountAgainstAnExchangeThatIsSlow) {
  handler.takes_body = false;
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  worker.advance(limits.body_timeout * 5);
  EXPECT_EQ(handler.gone, std::nullopt);
}

TEST_F(Server, Timeout_ClientThatDoesNotRead) {
  start(1000);
  client->reads = false;
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kLength, 5000}));
  worker.run_tasks();
  handler.send(std::string(handler.transaction->body_room(), 'x'));
  worker.advance(limits.body_timeout + Duration::milliseconds(2));
  EXPECT_EQ(handler.gone, Counter::kHttpBodyTimeout);
  EXPECT_TRUE(pair->server().aborted());
}

// Its head alone fills the window: no byte of the body goes out that could tell how slow the client is.
TEST_F(Server, Timeout_ClientThatDoesNotReadTheHead) {
  start(50);
  client->reads = false;
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kLength, 5000}));
  worker.advance(limits.body_timeout + Duration::milliseconds(2));
  EXPECT_EQ(handler.gone, Counter::kHttpBodyTimeout);
  EXPECT_TRUE(pair->server().aborted());
}

// It has read all that there was at once, as often as there was something.
TEST_F(Server, Timeout_ClientOfASlowOriginIsNoSlowReader) {
  limits.min_body_rate_bytes = 1000;
  start(1000);
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kLength, 5000}));
  worker.run_tasks();
  handler.send(std::string(handler.transaction->body_room(), 'x'));
  worker.advance(limits.body_timeout - Duration::milliseconds(1));
  client->reads = false;
  handler.send("on its way when progress is looked at");
  worker.advance(Duration::milliseconds(2));
  EXPECT_EQ(handler.gone, std::nullopt);
  worker.advance(limits.body_timeout + Duration::milliseconds(2));
  EXPECT_EQ(handler.gone, Counter::kHttpBodyTimeout) << "it reads no more";
}

TEST_F(Server, Pipelined_WaitForRoomToAnswer) {
  start(2 * ok().size());
  handler.answers_at_once = true;
  client->reads = false;
  for (int i = 0; i < 10; ++i) client->send(get());
  EXPECT_EQ(handler.requests.size(), 2u);
  client->reads = true;
  client->on_readable();
  worker.run_tasks();
  EXPECT_EQ(handler.requests.size(), 10u);
}

TEST_F(Server, Pipelined_ClientThatNeverReadsIsIdle) {
  start(ok().size());
  handler.answers_at_once = true;
  client->reads = false;
  client->send(get() + get());
  worker.advance(limits.idle_timeout + Duration::milliseconds(2));
  EXPECT_EQ(handler.requests.size(), 1u);
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(worker.counted(Counter::kHttpIdleClosed), 1u);
}

TEST_F(Server, Timeout_SlowOriginIsNoneOfTheClientsFault) {
  client->send(get());
  worker.advance(Duration::seconds(1000));
  EXPECT_EQ(handler.gone, std::nullopt);
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(), ok());
}

// ---- Drain

TEST_F(Server, Shutdown_ClosesIdleConnections) {
  server->shutdown();
  worker.run_tasks();
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_TRUE(client->ended);
}

TEST_F(Server, Shutdown_FinishesTheRequestInProgress) {
  client->send(get());
  server->shutdown();
  worker.run_tasks();
  EXPECT_EQ(server->connections(), 1u);
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Server, Shutdown_RefusesNewConnections) {
  server->shutdown();
  test::MemoryStreamPair late(worker.context, worker.nodes);
  server->on_accept(late.server());
  EXPECT_TRUE(late.server().aborted());
  EXPECT_EQ(worker.counted(Counter::kHttpConnectionLimit), 1u);
}

TEST_F(Server, AbortAll_TellsTheExchange) {
  client->send(get());
  server->abort_all();
  worker.run_tasks();
  EXPECT_EQ(handler.gone, Counter::kHttpClientClosed);
  EXPECT_EQ(server->connections(), 0u);
}

// ---- Bounds of connections

TEST_F(Server, Connections_AreBoundedInAll) {
  limits.connections = 1;
  start();
  test::MemoryStreamPair second(worker.context, worker.nodes);
  server->on_accept(second.server());
  EXPECT_TRUE(second.server().aborted());
  EXPECT_EQ(worker.counted(Counter::kHttpConnectionLimit), 1u);
}

TEST_F(Server, Connections_AreBoundedBySource) {
  limits.connections_per_source = 1;
  start();
  test::MemoryStreamPair second(worker.context, worker.nodes);
  server->on_accept(second.server());
  EXPECT_TRUE(second.server().aborted());
  EXPECT_EQ(worker.counted(Counter::kHttpSourceLimit), 1u);
  pair->client().shutdown_write();
  worker.run_tasks();
  test::MemoryStreamPair third(worker.context, worker.nodes);
  server->on_accept(third.server());
  EXPECT_EQ(server->connections(), 1u);
  third.server().fail(stream::CloseReason::kReset);
  worker.run_tasks();
}

}  // namespace sluice::http
