// H1Server and its sessions over a stream in memory: what a client gets for what it sends, in whatever pieces.
#include "http/h1_server.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/memory_stream.h"
#include "support/test_worker.h"

namespace sluice::http {

// A client that keeps what it gets.
class Client final : public stream::StreamEvents {
 public:
  Client(test::TestWorker& worker, test::MemoryStream& stream) : worker_(worker), stream_(stream) {
    stream.set_events(this);
  }
  void send(std::string_view text) {
    EXPECT_TRUE(stream_.write(worker_.slices(text)));
    worker_.run_tasks();
  }
  void send_in_bytes(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) send(text.substr(i, 1));
  }
  void on_readable() override {
    if (!reads) return;
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
  bool reads = true;
  std::optional<stream::CloseReason> closed;

 private:
  test::TestWorker& worker_;
  test::MemoryStream& stream_;
};

// Keeps one exchange a request and lets the test act for it; answers at once where the test says so.
class Handler final : public RequestHandler, public ServerTransactionEvents {
 public:
  ServerTransactionEvents* on_request(ServerTransaction& t, Request& r) override {
    requests.push_back(std::string(r.method) + " " + std::string(r.target));
    transaction = &t;
    request = &r;
    body_events = 0;
    gone.reset();
    if (out_of_memory) return nullptr;
    if (answers_at_once) answer("ok");
    if (posts_on_request != nullptr) worker->tasks.post(*posts_on_request);
    return this;
  }
  void on_refused(const Refusal& refusal, Response& answer, std::string_view& body) override {
    refused.push_back(refusal.status);
    refused_reasons.push_back(refusal.error.reason);
    answer.reason = "No";
    (void)answer.headers.add("X-Refused", "1");
    body = "refused";
  }
  void on_request_body() override {
    ++body_events;
    if (takes_body) take();
  }
  void on_response_writable() override { ++writable_events; }
  void on_client_gone(Error reason) override { gone = reason.reason; }

  void take() {
    body += test::text_of(transaction->body());
    const size_t bytes = transaction->body().size();
    transaction->body().clear();
    if (bytes > 0) transaction->consumed(bytes);
  }
  bool send_head(uint16_t status, BodyFraming framing) {
    Response response(transaction->arena());
    response.status = status;
    response.reason = "R";
    response.framing = framing;
    for (auto [name, value] : fields) EXPECT_TRUE(response.headers.add(name, value));
    return transaction->send_head(response);
  }
  void send(std::string_view text) { EXPECT_TRUE(transaction->send_body(worker->slices(text))); }
  void answer(std::string_view text, uint16_t status = 200) {
    EXPECT_TRUE(send_head(status, {Framing::kLength, text.size()}));
    send(text);
    finish();
  }
  void finish() {
    transaction->finish_body();
    transaction->release();
  }

  test::TestWorker* worker = nullptr;
  bool answers_at_once = false;
  Task* posts_on_request = nullptr;
  bool takes_body = true;
  bool out_of_memory = false;
  std::vector<Header> fields;
  std::vector<std::string> requests;
  std::vector<int> refused;
  std::vector<Counter> refused_reasons;
  ServerTransaction* transaction = nullptr;
  Request* request = nullptr;
  std::string body;
  int body_events = 0;
  int writable_events = 0;
  std::optional<Counter> gone;
};

class Server : public testing::Test {
 protected:
  void SetUp() override { start(); }
  void start(size_t capacity = 65536) {
    handler.worker = &worker;
    server = std::make_unique<H1Server>(context, handler);
    pair = std::make_unique<test::MemoryStreamPair>(worker.context, worker.nodes, capacity);
    client = std::make_unique<Client>(worker, pair->client());
    server->on_accept(pair->server());
    worker.run_tasks();
  }
  std::string take() { return std::exchange(client->received, ""); }
  static std::string ok(std::string_view body = "ok") {
    return "HTTP/1.1 200 R\r\nConnection: keep-alive\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
  }
  static std::string get(std::string_view target = "/", std::string_view fields = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  }

  test::TestWorker worker;
  policy::Limits limits;
  SessionContext context{worker.context, *worker.packets, worker.nodes, limits};
  Handler handler;
  std::unique_ptr<H1Server> server;
  std::unique_ptr<test::MemoryStreamPair> pair;
  std::unique_ptr<Client> client;
};

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

TEST_F(Server, ClientResetsWithinAnExchange) {
  client->send(get());
  pair->server().fail(stream::CloseReason::kReset);
  worker.run_tasks();
  EXPECT_EQ(handler.gone, Counter::kHttpClientClosed);
  EXPECT_EQ(server->connections(), 0u);
}

// ---- Time

TEST_F(Server, Timeout_IdleConnectionIsClosed) {
  worker.advance(limits.idle_timeout - Duration::milliseconds(1));
  EXPECT_EQ(server->connections(), 1u);
  worker.advance(Duration::milliseconds(3));
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(worker.counted(Counter::kHttpIdleClosed), 1u);
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
