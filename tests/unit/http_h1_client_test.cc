// H1ClientSession over a stream in memory: what it sends to an origin, and what it makes of the answers.
#include "http/h1_client_session.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/memory_stream.h"
#include "support/test_worker.h"

namespace sluice::http {

// The origin: keeps what it gets.
class Origin final : public stream::StreamEvents {
 public:
  Origin(test::TestWorker& worker, test::MemoryStream& stream) : worker_(worker), stream_(stream) {
    stream.set_events(this);
  }
  void send(std::string_view text) {
    EXPECT_TRUE(stream_.write(worker_.slices(text)));
    worker_.run_tasks();
  }
  void send_in_bytes(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) send(text.substr(i, 1));
  }
  void end() {
    stream_.shutdown_write();
    worker_.run_tasks();
  }
  void on_readable() override {
    received += test::text_of(stream_.readable());
    const size_t bytes = stream_.readable().size();
    stream_.readable().clear();
    stream_.consumed(bytes);
    ended = ended || stream_.end_of_stream();
  }
  void on_writable() override {}
  void on_closed(stream::CloseReason why) override { closed = why; }

  std::string received;
  bool ended = false;
  std::optional<stream::CloseReason> closed;

 private:
  test::TestWorker& worker_;
  test::MemoryStream& stream_;
};

class Exchange final : public ClientTransactionEvents {
 public:
  void on_interim(const Response& interim) override { interims.push_back(interim.status); }
  void on_response(Response& r) override {
    response = &r;
    status = r.status;
    if (aborts_at_head) transaction->abort();
  }
  void on_response_body() override {
    ++body_events;
    if (takes_body) take();
  }
  void on_request_writable() override { ++writable_events; }
  void on_origin_failed(Error reason) override {
    EXPECT_EQ(reason.side, expected_side);
    failed = reason.reason;
    transaction = nullptr;
  }
  void take() {
    body += test::text_of(transaction->body());
    const size_t bytes = transaction->body().size();
    transaction->body().clear();
    if (bytes > 0) transaction->consumed(bytes);
  }

  ClientTransaction* transaction = nullptr;
  Response* response = nullptr;
  int status = 0;
  std::vector<int> interims;
  std::string body;
  int body_events = 0;
  int writable_events = 0;
  bool takes_body = true;
  bool aborts_at_head = false;
  Side expected_side = Side::kOrigin;
  std::optional<Counter> failed;
};

class ClientSession : public testing::Test, public H1ClientOwner, public stream::Connector {
 protected:
  void SetUp() override {
    session = std::make_unique<H1ClientSession>(context, *this);
    ASSERT_TRUE(session->connect(*this, {IpAddress::v4(0xC6120001), Port{80}}));
    static_cast<stream::StreamEvents*>(stream_events)->on_connected();
  }
  bool reaches(const IpAddress&) const override { return true; }
  stream::Stream* connect(const Endpoint&, stream::StreamEvents& events) override {
    stream_events = &events;
    pair.client().set_events(&events);
    return &pair.client();
  }
  void on_connected(H1ClientSession&) override { ++connected; }
  void on_idle(H1ClientSession&) override { ++idle; }
  void on_gone(H1ClientSession&, stream::CloseReason why) override {
    gone = why;
    session.reset();
  }

  // Begins a transaction and sends its head.
  void begin(std::string_view method = "GET", BodyFraming framing = {}, std::vector<Header> fields = {}) {
    exchange.transaction = &session->begin(exchange);
    Request request(arena);
    request.method = method;
    request.target = "/t?q";
    request.framing = framing;
    ASSERT_TRUE(request.headers.add("Host", "o"));
    for (auto [name, value] : fields) ASSERT_TRUE(request.headers.add(name, value));
    ASSERT_TRUE(exchange.transaction->send_head(request));
    worker.run_tasks();
  }
  void send(std::string_view text) { ASSERT_TRUE(exchange.transaction->send_body(worker.slices(text))); }
  void release() {
    exchange.transaction->release();
    worker.run_tasks();
  }
  std::string take() { return std::exchange(origin.received, ""); }

  test::TestWorker worker;
  policy::Limits limits;
  SessionContext context{worker.context, *worker.packets, worker.nodes, limits};
  Arena arena{worker.blocks};
  test::MemoryStreamPair pair{worker.context, worker.nodes, 10000};
  Origin origin{worker, pair.server()};
  Exchange exchange;
  stream::StreamEvents* stream_events = nullptr;
  std::unique_ptr<H1ClientSession> session;
  int connected = 0;
  int idle = 0;
  std::optional<stream::CloseReason> gone;
};

TEST_F(ClientSession, IsIdleOnceConnected) {
  EXPECT_EQ(connected, 1);
  EXPECT_TRUE(session->idle());
}

TEST_F(ClientSession, SendsItsHeadAnew) {
  begin("GET", {}, {{"X", "y"}, {"Connection", "close"}, {"Content-Length", "9"}, {"Transfer-Encoding", "chunked"}});
  EXPECT_EQ(take(), "GET /t?q HTTP/1.1\r\nHost: o\r\nX: y\r\nConnection: keep-alive\r\n\r\n");
}

TEST_F(ClientSession, TargetCannotBreakOut) {
  exchange.transaction = &session->begin(exchange);
  Request request(arena);
  request.method = "GET";
  request.target = "/a b\r\nX: y";
  ASSERT_TRUE(exchange.transaction->send_head(request));
  worker.run_tasks();
  EXPECT_EQ(take(), "GET /a%20b%0D%0AX:%20y HTTP/1.1\r\nConnection: keep-alive\r\n\r\n");
}

TEST_F(ClientSession, SendsABodyByLength) {
  begin("POST", {Framing::kLength, 5});
  send("he");
  send("llo");
  exchange.transaction->finish_body();
  worker.run_tasks();
  EXPECT_EQ(take(), "POST /t?q HTTP/1.1\r\nHost: o\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(ClientSession, SendsABodyInChunks) {
  begin("POST", {Framing::kChunked, 0});
  send("hello");
  exchange.transaction->finish_body();
  worker.run_tasks();
  EXPECT_TRUE(take().ends_with("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
}

TEST_F(ClientSession, ReadsAResponseWholeOrByteByByte) {
  const std::string text = "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\nX: y\r\n\r\nhello";
  for (const bool whole : {true, false}) {
    exchange.body.clear();
    begin();
    whole ? origin.send(text) : origin.send_in_bytes(text);
    ASSERT_EQ(exchange.status, 200);
    EXPECT_EQ(exchange.response->reason, "Fine");
    EXPECT_EQ(exchange.response->headers.find("x"), "y");
    EXPECT_EQ(exchange.body, "hello");
    EXPECT_TRUE(exchange.transaction->body_complete());
    release();
    EXPECT_TRUE(session->idle());
  }
  EXPECT_EQ(idle, 2);
}

TEST_F(ClientSession, ReadsChunksWithTrailers) {
  begin();
  origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n");
  EXPECT_EQ(exchange.body, "abcde");
  EXPECT_EQ(exchange.transaction->trailers().find("x-t"), "1");
}

TEST_F(ClientSession, ReusedFromTheSecondTransactionOn) {
  begin();
  EXPECT_FALSE(exchange.transaction->reused());
  origin.send("HTTP/1.1 204 N\r\n\r\n");
  release();
  begin();
  EXPECT_TRUE(exchange.transaction->reused());
}

TEST_F(ClientSession, PassesInterimsOn) {
  begin();
  origin.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 N\r\n\r\n");
  EXPECT_EQ(exchange.interims, (std::vector<int>{100, 103}));
  EXPECT_EQ(exchange.status, 204);
  EXPECT_TRUE(exchange.transaction->body_complete());
}

TEST_F(ClientSession, TooManyInterimsAreRefused) {
  begin();
  for (int i = 0; i < 17; ++i) origin.send("HTTP/1.1 103 Early\r\n\r\n");
  EXPECT_EQ(exchange.failed, Counter::kHttpOriginInterim);
}

TEST_F(ClientSession, UnaskedSwitchOfProtocolsIsRefused) {
  begin();
  origin.send("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  EXPECT_EQ(exchange.failed, Counter::kHttpOriginInterim);
}

TEST_F(ClientSession, ResponseToHeadHasNoBody) {
  begin("HEAD");
  origin.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
  EXPECT_TRUE(exchange.transaction->body_complete());
  EXPECT_EQ(exchange.response->headers.find("Content-Length"), "100");
  release();
  EXPECT_TRUE(session->idle());
}

TEST_F(ClientSession, ResponseUntilCloseEndsWithTheConnection) {
  begin();
  origin.send("HTTP/1.1 200 OK\r\n\r\nabc");
  EXPECT_EQ(exchange.body, "abc");
  EXPECT_FALSE(exchange.transaction->body_complete());
  origin.end();
  EXPECT_TRUE(exchange.transaction->body_complete());
  EXPECT_EQ(exchange.failed, std::nullopt);
  release();
  EXPECT_EQ(gone, stream::CloseReason::kFinished);
}

TEST_F(ClientSession, ResetWithinAResponseUntilCloseIsAFailure) {
  begin();
  origin.send("HTTP/1.1 200 OK\r\n\r\nabc");
  pair.client().fail(stream::CloseReason::kReset);
  worker.run_tasks();
  EXPECT_EQ(exchange.failed, Counter::kHttpOriginClosed);
  EXPECT_EQ(gone, stream::CloseReason::kReset);
}

TEST_F(ClientSession, EarlyCloseIsAFailureAfterWhatHasCome) {
  begin();
  origin.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  origin.end();
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(exchange.body, "abc");
  EXPECT_EQ(exchange.failed, Counter::kHttpOriginClosed);
  EXPECT_TRUE(gone.has_value());
}

TEST_F(ClientSession, CloseBeforeAResponse) {
  begin();
  origin.end();
  EXPECT_EQ(exchange.failed, Counter::kHttpOriginClosed);
}

// A stack that is short of packets lets a connection go: nothing that the origin did.
TEST_F(ClientSession, StreamThatWeGiveUp_IsNotTheOriginsFault) {
  exchange.expected_side = Side::kSelf;
  begin();
  pair.client().fail(stream::CloseReason::kAborted);
  worker.run_tasks();
  EXPECT_EQ(exchange.failed, Counter::kHttpNoMemory);
  EXPECT_EQ(worker.counted(Counter::kHttpOriginClosed), 0u);
}

TEST_F(ClientSession, MalformedHeadsFail) {
  begin();
  origin.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(exchange.failed, Counter::kHttpContentLength);
  EXPECT_EQ(exchange.status, 0);
  EXPECT_TRUE(pair.client().aborted());
}

TEST_F(ClientSession, BareLfInAHeadFails) {
  begin();
  origin.send("HTTP/1.1 200 OK\n\n");
  EXPECT_EQ(exchange.failed, Counter::kHttpLineEnding);
}

TEST_F(ClientSession, EndlessHeadFails) {
  begin();
  for (int i = 0; i < 10; ++i) origin.send("X: " + std::string(5000, 'x'));
  EXPECT_EQ(exchange.failed, Counter::kHttpHeadTooLarge);
}

TEST_F(ClientSession, BadChunkAtOnceFailsBeforeTheHeadIsPassedOn) {
  begin();
  origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_EQ(exchange.status, 0);
  EXPECT_EQ(exchange.failed, Counter::kHttpChunkSize);
}

// ---- When a connection is used again

TEST_F(ClientSession, BytesBehindAResponsePoisonTheConnection) {
  begin();
  origin.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokEXTRA");
  EXPECT_EQ(exchange.body, "ok");
  release();
  EXPECT_EQ(idle, 0);
  EXPECT_TRUE(gone.has_value());
  EXPECT_EQ(worker.counted(Counter::kHttpOriginExcess), 1u);
}

TEST_F(ClientSession, BytesWhileIdlePoisonTheConnection) {
  origin.send("HTTP/1.1 408 Timeout\r\n\r\n");
  EXPECT_TRUE(gone.has_value());
  EXPECT_EQ(worker.counted(Counter::kHttpOriginExcess), 1u);
}

TEST_F(ClientSession, ConnectionCloseEndsIt) {
  begin();
  origin.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  release();
  EXPECT_EQ(idle, 0);
  EXPECT_TRUE(gone.has_value());
}

TEST_F(ClientSession, ResponseBeforeTheRequestHasEndedEndsIt) {
  begin("POST", {Framing::kLength, 5});
  origin.send("HTTP/1.1 413 Big\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(exchange.status, 413);
  release();
  EXPECT_EQ(idle, 0);
  EXPECT_TRUE(gone.has_value());
}

TEST_F(ClientSession, OriginClosesWhileIdle) {
  origin.end();
  EXPECT_TRUE(gone.has_value());
  EXPECT_EQ(worker.counted(Counter::kHttpOriginClosed), 0u);
}

TEST_F(ClientSession, AbortTellsTheOwnerLater) {
  begin();
  exchange.transaction->abort();
  EXPECT_FALSE(gone.has_value());
  worker.run_tasks();
  EXPECT_EQ(gone, stream::CloseReason::kAborted);
  EXPECT_TRUE(pair.client().aborted());
  EXPECT_EQ(exchange.failed, std::nullopt);
}

TEST_F(ClientSession, AbortFromInsideOnResponse) {
  exchange.aborts_at_head = true;
  begin();
  origin.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(exchange.body_events, 0);
  EXPECT_TRUE(gone.has_value());
}

TEST_F(ClientSession, BackPressureReachesTheOrigin) {
  exchange.takes_body = false;
  begin();
  origin.send("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n");
  origin.send(std::string(pair.server().room(), 'x'));
  EXPECT_EQ(pair.server().room(), 0u);
  exchange.take();
  EXPECT_EQ(pair.server().room(), 10000u);
}

TEST_F(ClientSession, RoomForTheRequestsBodyIsTheStreams) {
  begin("POST", {Framing::kLength, 50000});
  take();
  EXPECT_EQ(exchange.transaction->body_room(), 10000u);
}

TEST_F(ClientSession, ClosedWhileConnectingIsGone) {
  session = std::make_unique<H1ClientSession>(context, *this);
  test::MemoryStreamPair other(worker.context, worker.nodes);
  ASSERT_TRUE(session->connect(*this, {}));
  stream_events->on_closed(stream::CloseReason::kRefused);
  worker.run_tasks();
  EXPECT_EQ(gone, stream::CloseReason::kRefused);
}

TEST_F(ClientSession, OwnerMayCloseWithoutHearingOfIt) {
  session->close();
  worker.run_tasks();
  EXPECT_FALSE(gone.has_value());
  EXPECT_TRUE(origin.ended);
}

TEST_F(ClientSession, Tunnel_PassesRawBytesBothWays) {
  begin("GET", {}, {{"Connection", "upgrade"}, {"Upgrade", "websocket"}});
  EXPECT_EQ(take(), "GET /t?q HTTP/1.1\r\nHost: o\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  origin.send("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi");
  EXPECT_EQ(exchange.status, 101);
  EXPECT_EQ(exchange.body, "\x81\x02hi");
  send("\x81\x03yes");
  worker.run_tasks();
  EXPECT_EQ(take(), "\x81\x03yes");
  exchange.transaction->finish_body();
  worker.run_tasks();
  EXPECT_TRUE(origin.ended);
  origin.send("last");
  origin.end();
  EXPECT_EQ(exchange.body, "\x81\x02hilast");
  EXPECT_TRUE(exchange.transaction->body_complete());
  release();
  EXPECT_TRUE(gone.has_value());
}

}  // namespace sluice::http
