// Responses of a server: their framing, what is copied and what is not, back-pressure, tunnels.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http_h1_server_fixture.h"

namespace sluice::http {

// ---- Responses

TEST_F(Server, Response_Chunked) {
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kChunked, 0}));
  handler.send("hello");
  handler.send(" there, world");
  handler.finish();
  worker.run_tasks();
  EXPECT_EQ(take(),
            "HTTP/1.1 200 R\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nd\r\n there, "
            "world\r\n0\r\n\r\n");
}

TEST_F(Server, Response_ChunkedWithTrailers) {
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kChunked, 0}));
  HeaderMap trailers(handler.transaction->arena());
  ASSERT_TRUE(trailers.add("X-T", "1"));
  handler.transaction->set_trailers(trailers);
  handler.finish();
  worker.run_tasks();
  EXPECT_TRUE(take().ends_with("\r\n\r\n0\r\nX-T: 1\r\n\r\n"));
}

TEST_F(Server, Response_UntilCloseBecomesChunked) {
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kUntilClose, 0}));
  handler.finish();
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_FALSE(client->ended);
}

TEST_F(Server, Response_ChunkedToVersion10LastsUntilClose) {
  client->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(handler.send_head(200, {Framing::kChunked, 0}));
  handler.send("hello");
  handler.finish();
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: close\r\n\r\nhello");
  EXPECT_TRUE(client->ended);
}

TEST_F(Server, Response_OfNothingSaysSo) {
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {}));
  handler.finish();
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(Server, Response_ToHeadKeepsItsLengthAndDropsItsBody) {
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  handler.answer("hello");
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\n");
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  handler.fields = {{"Content-Length", "7"}};
  ASSERT_TRUE(handler.send_head(200, {}));
  handler.finish();
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nContent-Length: 7\r\nConnection: keep-alive\r\n\r\n");
}

TEST_F(Server, Response_ToHeadThatIsChunkedNamesNoFraming) {
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(handler.send_head(200, {Framing::kChunked, 0}));
  handler.send("dropped");
  handler.finish();
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nConnection: keep-alive\r\n\r\n");
}

TEST_F(Server, Response_204And304HaveNoBody) {
  handler.fields = {{"Content-Length", "0"}};
  for (uint16_t status : {204, 304}) {
    client->send(get());
    ASSERT_TRUE(handler.send_head(status, {}));
    handler.finish();
    worker.run_tasks();
    EXPECT_EQ(take(),
              "HTTP/1.1 " + std::to_string(status) + " R\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  }
}

TEST_F(Server, Response_FieldsOfTheConnectionAreNotCopied) {
  handler.fields = {{"Connection", "close, X"}, {"Keep-Alive", "5"}, {"Transfer-Encoding", "gzip"},
                    {"Content-Length", "99"},   {"Upgrade", "h2c"},  {"X", "y"}};
  client->send(get());
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 200 R\r\nX: y\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
}

TEST_F(Server, Response_ControlBytesCannotBreakOut) {
  handler.fields = {{"X", "a\r\nSet-Cookie: evil"}, {std::string_view("Y\0", 2), "tab\tstays"}};
  client->send(get());
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(),
            "HTTP/1.1 200 R\r\nX: a%0D%0ASet-Cookie: evil\r\nY%00: tab\tstays\r\nConnection: "
            "keep-alive\r\nContent-Length: 2\r\n\r\nok");
}

TEST_F(Server, Response_UpgradeOffersAreKept) {
  handler.fields = {{"Connection", "Upgrade"}, {"Upgrade", "TLS/1.2, HTTP/1.1"}};
  client->send(get());
  handler.answer("x", 426);
  worker.run_tasks();
  EXPECT_EQ(take(),
            "HTTP/1.1 426 R\r\nUpgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\nx");
}

TEST_F(Server, Response_Interim) {
  client->send(get());
  Response early(handler.transaction->arena());
  early.status = 103;
  early.reason = "Early Hints";
  ASSERT_TRUE(early.headers.add("Link", "</x>"));
  ASSERT_TRUE(handler.transaction->send_interim(early));
  handler.answer("ok");
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok());
}

TEST_F(Server, Response_InterimIsNotForVersion10) {
  client->send("GET / HTTP/1.0\r\n\r\n");
  Response early(handler.transaction->arena());
  early.status = 103;
  ASSERT_TRUE(handler.transaction->send_interim(early));
  worker.run_tasks();
  EXPECT_EQ(take(), "");
}

TEST_F(Server, Response_BackPressureReachesTheExchange) {
  start(1000);
  client->reads = false;
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kLength, 5000}));
  worker.run_tasks();
  const size_t room = handler.transaction->body_room();
  EXPECT_LT(room, 1000u);
  handler.send(std::string(room, 'x'));
  EXPECT_EQ(handler.transaction->body_room(), 0u);
  worker.run_tasks();
  EXPECT_EQ(handler.writable_events, 0);
  client->reads = true;
  client->on_readable();
  worker.run_tasks();
  EXPECT_EQ(handler.writable_events, 1);
  EXPECT_EQ(handler.transaction->body_room(), 1000u);
}

TEST_F(Server, Response_CutBeforeItsMarkedEndArrivesAsFarAsItCame) {
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kLength, 10}));
  handler.send("abc");
  handler.transaction->abort();
  worker.run_tasks();
  EXPECT_TRUE(take().ends_with("\r\n\r\nabc"));
  EXPECT_TRUE(client->ended);
  EXPECT_FALSE(pair->server().aborted());
}

TEST_F(Server, Response_CutThatOnlyItsCloseWouldEndResets) {
  client->send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(handler.send_head(200, {Framing::kUntilClose, 0}));
  handler.send("abc");
  handler.transaction->abort();
  worker.run_tasks();
  EXPECT_TRUE(pair->server().aborted());
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Server, Response_ShorterThanItsLengthResets) {
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kLength, 10}));
  handler.send("abc");
  handler.finish();
  worker.run_tasks();
  EXPECT_TRUE(pair->server().aborted());
  EXPECT_EQ(worker.counted(Counter::kInternalError), 1u);
}

TEST_F(Server, Response_LongerThanItsLengthFails) {
  client->send(get());
  ASSERT_TRUE(handler.send_head(200, {Framing::kLength, 2}));
  EXPECT_FALSE(handler.transaction->send_body(worker.slices("abc")));
}

// ---- Tunnels

TEST_F(Server, Tunnel_PassesRawBytesBothWays) {
  handler.fields = {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}};
  client->send(get("/ws", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  ASSERT_TRUE(handler.send_head(101, {}));
  worker.run_tasks();
  EXPECT_EQ(take(), "HTTP/1.1 101 R\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  client->send("\x81\x02hi");
  EXPECT_EQ(handler.body, "\x81\x02hi");
  handler.send("\x81\x03yes");
  worker.run_tasks();
  EXPECT_EQ(take(), "\x81\x03yes");
  worker.advance(Duration::seconds(1000));
  EXPECT_EQ(handler.gone, std::nullopt);
  pair->client().shutdown_write();
  worker.run_tasks();
  EXPECT_TRUE(handler.transaction->body_complete());
  handler.send("bye");
  handler.finish();
  worker.run_tasks();
  EXPECT_EQ(take(), "bye");
  EXPECT_EQ(server->connections(), 0u);
}

}  // namespace sluice::http
