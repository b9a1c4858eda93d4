#include <gtest/gtest.h>

#include <optional>

#include "support/memory_stream.h"
#include "support/origins.h"
#include "support/test_worker.h"
#include "upstream/call.h"

namespace sluice::upstream {
namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// The client's side of a request: a body that a test lets arrive.
class Body final : public http::BodySource {
 public:
  explicit Body(test::TestWorker& worker)
      : worker_(worker), arena_(worker.blocks), trailers_(arena_), body_(worker.nodes) {}
  void arrive(std::string_view text, bool complete) {
    SliceQueue bytes = worker_.slices(text);
    body_.splice(bytes);
    complete_ = complete;
  }
  SliceQueue& body() override { return body_; }
  void consumed(size_t) override {}
  bool body_complete() const override { return complete_; }
  const http::HeaderMap& trailers() const override { return trailers_; }

 private:
  test::TestWorker& worker_;
  Arena arena_;
  http::HeaderMap trailers_;
  SliceQueue body_;
  bool complete_ = true;
};

// Passes connects on, and lets a test end Sluice's side of what came of them, as a stack that sheds does.
class Shedder final : public stream::Connector {
 public:
  explicit Shedder(stream::Connector& next) : next_(next) {}
  bool reaches(const IpAddress& remote) const override { return next_.reaches(remote); }
  stream::Stream* connect(const Endpoint& remote, stream::StreamEvents& events) override {
    newest_ = static_cast<test::MemoryStream*>(next_.connect(remote, events));
    return newest_;
  }
  void shed_newest() { newest_->fail(stream::CloseReason::kAborted); }

 private:
  stream::Connector& next_;
  test::MemoryStream* newest_ = nullptr;
};

class CallTest : public ::testing::Test, public CallEvents {
 protected:
  CallTest() : arena_(worker_.blocks), request_(arena_) {
    policy::Service service;
    service.host = "198.18.1.1";
    service.port = Port{8080};
    policy_.services = {service};
    plan_.retries = 2;
    plan_.connect_timeout = Duration::seconds(1);
    plan_.write_timeout = Duration::seconds(2);
    plan_.read_timeout = Duration::seconds(3);
  }
  ~CallTest() override { call_.reset(); }

  // Targets at ports 1, 2, … instead of the single one at port 8080.
  void use_targets(unsigned count) {
    policy::Upstream upstream;
    upstream.name = "u";
    for (unsigned i = 1; i <= count; ++i) {
      policy::Target target;
      target.target = {"198.18.1.1", Port{static_cast<uint16_t>(i)}};
      upstream.targets.push_back(target);
    }
    upstream.healthchecks.passive.unhealthy.tcp_failures = 10;
    upstream.healthchecks.passive.unhealthy.timeouts = 10;
    upstream.healthchecks.passive.unhealthy.http_failures = 10;
    policy_.upstreams = {upstream};
    policy_.services[0].host = "u";
  }

  // Sends a request; what becomes of it stands in the members below.
  void rest_beside_an_origin_that_stops_reading() {
    start("GET");
    origins_[0].send(kOk);
    run();
    origins_[0].stop_reading();
  }
  void start(std::string_view method, std::optional<size_t> content_length = std::nullopt) {
    if (set_ == nullptr) set_ = std::move(UpstreamSet::compile(policy_, health_)).value();
    plan_.upstream = &set_->of(policy_.services[0]);
    request_.method = method;
    request_.target = "/path";
    request_.framing = {};
    if (content_length) request_.framing = {http::Framing::kLength, *content_length};
    request_.headers.clear();
    EXPECT_TRUE(request_.headers.add("Host", ""));
    status_ = 0;
    body_text_.clear();
    failure_ = at_once_ = std::nullopt;
    call_.emplace(environment_, *this);
    at_once_ = call_->start(plan_, request_, body_);
    worker_.run_tasks();
  }

  size_t requests_at(size_t origin) {
    size_t n = 0;
    std::string text = origins_[origin].received();
    while (test::take_message(text)) ++n;
    return n;
  }
  void run() { worker_.run_tasks(); }

  test::TestWorker worker_;
  policy::Limits limits_;
  http::SessionContext sessions_{worker_.context, *worker_.packets, worker_.nodes, limits_};
  test::Origins origins_{worker_};
  HealthTable health_{64};
  AddressBook book_;
  Balancer balancer_{worker_.context, health_, book_, origins_};
  Shedder shedder_{origins_};
  ConnectionPool pool_{sessions_, shedder_, {.connections_at_rest = 2, .rest_limit = Duration::seconds(10)}};
  Call::Environment environment_{worker_.context, *worker_.packets, worker_.nodes, balancer_, pool_, 64};
  policy::Policy policy_;
  std::unique_ptr<const UpstreamSet> set_;
  Arena arena_;
  http::Request request_;
  Body body_{worker_};
  CallPlan plan_;
  std::optional<Call> call_;

  uint16_t status_ = 0;
  std::string body_text_;
  std::optional<CallFailure> failure_;
  std::optional<CallFailure> at_once_;
  unsigned interims_ = 0;
  std::vector<Attempt> retries_;

 private:
  void on_call_retry(const Attempt& failed) override { retries_.push_back(failed); }
  void on_call_interim(const http::Response&) override { ++interims_; }
  const http::HeaderMap* on_call_trailers(const http::HeaderMap& trailers) override { return &trailers; }
  void on_call_response(http::Response& response) override {
    status_ = response.status;
    on_call_body();
  }
  void on_call_body() override {
    while (call_->body_bytes() > 0) body_text_ += test::text_of(*call_->take_body(call_->body_bytes()));
    if (call_->body_complete()) call_->end();
  }
  void on_call_failed(CallFailure failure, Error) override { failure_ = failure; }
};

TEST_F(CallTest, Answer_ComesThrough) {
  start("GET");
  const auto request = test::take_message(origins_[0].received());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->start_line, "GET /path HTTP/1.1");
  EXPECT_EQ(request->header("Host"), "198.18.1.1:8080");
  origins_[0].send(kOk);
  run();
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(body_text_, "ok");
  EXPECT_EQ(call_->tries(), 1);
}

TEST_F(CallTest, HostGivenByTheHead_IsKept) {
  plan_.host_of_target = false;
  start("GET");
  EXPECT_EQ(test::take_message(origins_[0].received())->header("Host"), "");
}

TEST_F(CallTest, SecondCall_UsesTheRestingConnection) {
  start("GET");
  origins_[0].send(kOk);
  run();
  EXPECT_EQ(pool_.at_rest(), 1u);
  start("GET");
  EXPECT_EQ(origins_.connections(), 1u);
  origins_[0].send(kOk);
  run();
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(worker_.counted(Counter::kUpstreamReuses), 1u);
}

// By the time that it takes to say no a target that refuses were the best of all.
TEST_F(CallTest, RefusedTry_CountsAsTheTimeThatItWasAllowed) {
  use_targets(2);
  policy_.upstreams[0].algorithm = policy::Algorithm::kLatency;
  origins_.answer_all([](const test::HttpMessage&) { return std::string(kOk); });
  origins_.meet_next(test::Welcome::kRefuse);
  for (int i = 0; i < 5; ++i) {
    start("GET");
    EXPECT_EQ(status_, 200);
    worker_.advance(Duration::milliseconds(10));
  }
  EXPECT_EQ(origins_.connections(), 2u);
}

TEST_F(CallTest, RestingConnection_ClosesAtItsLimit) {
  start("GET");
  origins_[0].send(kOk);
  run();
  worker_.advance(Duration::seconds(9));
  EXPECT_EQ(pool_.at_rest(), 1u);
  worker_.advance(Duration::seconds(2));
  EXPECT_EQ(pool_.connections(), 0u);
  EXPECT_TRUE(origins_[0].ended());
}

TEST_F(CallTest, RestingConnectionThatTheOriginEnds_IsForgotten) {
  start("GET");
  origins_[0].send(kOk);
  run();
  origins_[0].end();
  run();
  EXPECT_EQ(pool_.connections(), 0u);
}

TEST_F(CallTest, BytesBehindTheAnswer_PoisonTheConnection) {
  start("GET");
  origins_[0].send(std::string(kOk) + "EXTRA");
  run();
  EXPECT_EQ(body_text_, "ok");
  EXPECT_EQ(pool_.connections(), 0u);
}

TEST_F(CallTest, Refused_IsTriedAsOftenAsTheServiceSays) {
  origins_.meet_others(test::Welcome::kRefuse);
  start("POST", 0);
  EXPECT_EQ(failure_, CallFailure::kBadResponse);
  EXPECT_EQ(call_->tries(), 3);
  EXPECT_EQ(origins_.connections(), 3u);
}

TEST_F(CallTest, RefusedOnce_GoesToTheOtherTarget) {
  use_targets(2);
  origins_.meet_next(test::Welcome::kRefuse);
  start("POST", 0);
  ASSERT_EQ(origins_.connections(), 2u);
  EXPECT_NE(origins_.endpoint(0).port, origins_.endpoint(1).port);
  EXPECT_EQ(test::take_message(origins_[1].received())->header("Host"), "198.18.1.1:2");
  EXPECT_EQ(health_.state(set_->of(policy_.services[0]).targets[0].slot).tcp_failures, 1);
}

TEST_F(CallTest, ClosedBeforeTheAnswer_IsTriedAgainWhenIdempotent) {
  for (const std::string_view method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
    start(method);
    origins_.last().reset();
    run();
    EXPECT_EQ(call_->tries(), 2) << method;
    EXPECT_FALSE(failure_) << method;
    call_->cancel();
  }
}

TEST_F(CallTest, ClosedBeforeTheAnswer_IsNotTriedAgainForPostAndPatch) {
  for (const std::string_view method : {"POST", "PATCH"}) {
    start(method, 0);
    origins_.last().end();
    run();
    EXPECT_EQ(failure_, CallFailure::kBadResponse) << method;
    EXPECT_EQ(call_->tries(), 1) << method;
  }
}

TEST_F(CallTest, ClosedEachTime_FailsAfterTheLastTry) {
  start("GET");
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(failure_);
    origins_[i].end();
    run();
  }
  EXPECT_EQ(failure_, CallFailure::kBadResponse);
  EXPECT_EQ(call_->tries(), 3);
}

// Nobody is blamed, and no other connection is begun, while packets run out on this side.
TEST_F(CallTest, ConnectionThatWeGiveUp_IsNotTheTargetsFailure) {
  use_targets(2);
  start("GET");
  shedder_.shed_newest();
  run();
  EXPECT_EQ(failure_, CallFailure::kInternal);
  EXPECT_EQ(call_->tries(), 1);
  EXPECT_EQ(origins_.connections(), 1u);
  for (const auto& target : set_->of(policy_.services[0]).targets) {
    EXPECT_EQ(health_.state(target.slot).tcp_failures, 0);
  }
}

TEST_F(CallTest, ReusedConnectionThatWeGiveUp_IsNoRace) {
  start("GET");
  origins_[0].send(kOk);
  run();
  start("GET");
  shedder_.shed_newest();
  run();
  EXPECT_EQ(failure_, CallFailure::kInternal);
  EXPECT_EQ(worker_.counted(Counter::kUpstreamKeepAliveRaces), 0u);
  EXPECT_EQ(origins_.connections(), 1u);
}

TEST_F(CallTest, ConnectionThatWeGiveUpWithinTheAnswer_IsAnInternalFailure) {
  start("GET");
  origins_[0].send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
  run();
  shedder_.shed_newest();
  run();
  EXPECT_EQ(failure_, CallFailure::kInternal);
}

TEST_F(CallTest, MalformedAnswer_IsNotTriedAgain) {
  start("GET");
  origins_[0].send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc");
  run();
  EXPECT_EQ(failure_, CallFailure::kBadResponse);
  EXPECT_EQ(call_->tries(), 1);
  EXPECT_EQ(pool_.connections(), 0u);
}

TEST_F(CallTest, Body_IsSentAgainOnAnotherTry) {
  body_.arrive("hello", true);
  start("PUT", 5);
  EXPECT_EQ(test::take_message(origins_[0].received())->body, "hello");
  origins_[0].reset();
  run();
  EXPECT_EQ(test::take_message(origins_[1].received())->body, "hello");
  origins_[1].send(kOk);
  run();
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(call_->request_body_bytes(), 5u);
}

TEST_F(CallTest, BodySentInPart_IsSentAgainFromItsBeginning) {
  body_.arrive("hel", false);
  start("PUT", 5);
  origins_[0].reset();
  run();
  body_.arrive("lo", true);
  call_->on_request_body();
  run();
  EXPECT_EQ(test::take_message(origins_[1].received())->body, "hello");
}

TEST_F(CallTest, BodyLongerThanWhatIsKept_IsNotSentAgain) {
  body_.arrive(std::string(65, 'x'), true);
  start("PUT", 65);
  origins_[0].reset();
  run();
  EXPECT_EQ(failure_, CallFailure::kBadResponse);
  EXPECT_EQ(call_->tries(), 1);
}

TEST_F(CallTest, LongBodyThatWasNotSent_IsTriedAgainWhenRefused) {
  origins_.meet_next(test::Welcome::kRefuse);
  body_.arrive(std::string(1000, 'x'), true);
  start("POST", 1000);
  EXPECT_EQ(test::take_message(origins_[1].received())->body.size(), 1000u);
}

TEST_F(CallTest, ConnectTimeout_IsTriedAgainWhateverTheMethod) {
  origins_.meet_others(test::Welcome::kSilence);
  start("POST", 0);
  worker_.advance(Duration::milliseconds(1002));
  EXPECT_EQ(call_->tries(), 2);
  worker_.advance(Duration::milliseconds(2004));
  EXPECT_EQ(failure_, CallFailure::kTimeout);
  EXPECT_EQ(pool_.connections(), 0u);
}

TEST_F(CallTest, ReadTimeout_IsTriedAgainWhenIdempotent) {
  start("GET");
  worker_.advance(Duration::milliseconds(3002));
  EXPECT_EQ(call_->tries(), 2);
  EXPECT_TRUE(origins_[0].was_reset());
  origins_[1].send(kOk);
  run();
  EXPECT_EQ(status_, 200);
}

TEST_F(CallTest, ReadTimeout_FailsAPostAtOnce) {
  start("POST", 0);
  worker_.advance(Duration::milliseconds(3002));
  EXPECT_EQ(failure_, CallFailure::kTimeout);
  EXPECT_EQ(call_->tries(), 1);
}

TEST_F(CallTest, ReadTimeout_CountsFromTheLastByte) {
  start("GET");
  origins_[0].send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
  run();
  for (int i = 0; i < 3; ++i) {
    worker_.advance(Duration::seconds(2));
    EXPECT_FALSE(failure_);
    origins_[0].send("x");
    run();
  }
  EXPECT_EQ(body_text_, "xxx");
}

TEST_F(CallTest, ReadTimeoutWithinTheBody_EndsTheCall) {
  start("GET");
  origins_[0].send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nx");
  run();
  worker_.advance(Duration::milliseconds(3002));
  EXPECT_EQ(failure_, CallFailure::kTimeout);
  EXPECT_EQ(call_->tries(), 1);
}

TEST_F(CallTest, WhileTheClientSends_NoTimeLimitRuns) {
  body_.arrive("", false);
  start("POST", 5);
  worker_.advance(Duration::seconds(60));
  EXPECT_FALSE(failure_);
  body_.arrive("hello", true);
  call_->on_request_body();
  run();
  origins_[0].send(kOk);
  run();
  EXPECT_EQ(status_, 200);
}

TEST_F(CallTest, WriteTimeout_RunsWhileTheOriginTakesNothing) {
  rest_beside_an_origin_that_stops_reading();
  body_.arrive(std::string(100'000, 'x'), true);
  start("POST", 100'000);
  worker_.advance(Duration::milliseconds(1900));
  EXPECT_FALSE(failure_);
  worker_.advance(Duration::milliseconds(110));
  EXPECT_EQ(failure_, CallFailure::kTimeout);
}

TEST_F(CallTest, WriteTimeout_IsNotPutOffByWhatTheClientSends) {
  rest_beside_an_origin_that_stops_reading();
  body_.arrive(std::string(90'000, 'x'), false);
  start("POST", 100'000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(failure_);
    worker_.advance(Duration::milliseconds(700));
    body_.arrive("x", false);
    call_->on_request_body();
  }
  EXPECT_EQ(failure_, CallFailure::kTimeout);
}

TEST_F(CallTest, KeepAliveRace_IsSentAgainWithoutCountingAsATry) {
  plan_.retries = 0;
  start("GET");
  origins_[0].send(kOk);
  run();
  start("GET");
  origins_[0].reset();
  run();
  ASSERT_EQ(origins_.connections(), 2u);
  origins_[1].send(kOk);
  run();
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(call_->tries(), 1);
  EXPECT_EQ(worker_.counted(Counter::kUpstreamKeepAliveRaces), 1u);
}

TEST_F(CallTest, KeepAliveRaceOfAPost_FailsAsItMayHaveBeenDone) {
  start("GET");
  origins_[0].send(kOk);
  run();
  start("POST", 0);
  origins_[0].reset();
  run();
  EXPECT_EQ(failure_, CallFailure::kBadResponse);
}

TEST_F(CallTest, KeepAliveRaceOfAPost_IsNotTheTargetsFailure) {
  use_targets(1);
  start("GET");
  origins_[0].send(kOk);
  run();
  start("POST", 0);
  origins_[0].reset();
  run();
  EXPECT_EQ(failure_, CallFailure::kBadResponse);
  EXPECT_EQ(health_.state(plan_.upstream->targets[0].slot).tcp_failures, 0);
}

// What an origin has done to a connection at rest may not have been looked at when it is asked for.
TEST_F(CallTest, RestingConnectionWhoseEndHasArrived_IsNotReused) {
  start("GET");
  origins_[0].send(kOk);
  run();
  origins_[0].end();
  start("POST", 0);
  ASSERT_EQ(origins_.connections(), 2u);
  EXPECT_EQ(requests_at(1), 1u);
}

TEST_F(CallTest, FreshConnectionThatIsLost_IsNotARace) {
  plan_.retries = 0;
  start("GET");
  origins_[0].reset();
  run();
  EXPECT_EQ(failure_, CallFailure::kBadResponse);
}

TEST_F(CallTest, AnswerBeforeTheRequestWasRead_ClosesTheConnection) {
  body_.arrive("hel", false);
  start("POST", 5);
  origins_[0].send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  run();
  EXPECT_EQ(status_, 413);
  EXPECT_EQ(pool_.connections(), 0u);
}

TEST_F(CallTest, LostWithinTheBody_EndsTheCallWithoutAnotherTry) {
  start("GET");
  origins_[0].send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  run();
  origins_[0].end();
  run();
  EXPECT_EQ(body_text_, "abc");
  EXPECT_EQ(failure_, CallFailure::kBadResponse);
  EXPECT_EQ(origins_.connections(), 1u);
}

TEST_F(CallTest, InterimAnswers_ArePassedOn) {
  start("GET");
  origins_[0].send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + std::string(kOk));
  run();
  EXPECT_EQ(interims_, 1u);
  EXPECT_EQ(status_, 200);
}

TEST_F(CallTest, NoMemoryToConnect_FailsAtOnce) {
  origins_.exhaust();
  start("GET");
  EXPECT_EQ(at_once_, CallFailure::kInternal);
}

TEST_F(CallTest, NoTarget_FailsAtOnce) {
  use_targets(0);
  start("GET");
  EXPECT_EQ(at_once_, CallFailure::kNoPeer);
  EXPECT_EQ(call_->tries(), 0);
}

TEST_F(CallTest, Statuses_AreReportedToHealth) {
  use_targets(1);
  start("GET");
  origins_[0].send("HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n");
  run();
  EXPECT_EQ(health_.state(plan_.upstream->targets[0].slot).http_failures, 1);
}

TEST_F(CallTest, Cancel_WhileConnectingGivesTheConnectionUp) {
  origins_.meet_others(test::Welcome::kSilence);
  start("GET");
  call_->cancel();
  run();
  EXPECT_EQ(pool_.connections(), 0u);
  EXPECT_FALSE(failure_);
}

TEST_F(CallTest, Cancel_WithinTheAnswerResetsTheConnection) {
  start("GET");
  origins_[0].send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  run();
  call_->cancel();
  run();
  EXPECT_TRUE(origins_[0].was_reset());
  EXPECT_EQ(pool_.connections(), 0u);
}

TEST_F(CallTest, MoreAtRestThanAllowed_ClosesTheOldest) {
  use_targets(3);
  for (size_t i = 0; i < 3; ++i) {
    start("GET");
    origins_[i].send(kOk);
    run();
    worker_.advance(Duration::milliseconds(5));
  }
  EXPECT_EQ(pool_.at_rest(), 2u);
  EXPECT_TRUE(origins_[0].ended());
  EXPECT_FALSE(origins_[1].ended());
}

}  // namespace
}  // namespace sluice::upstream
