// What control asks of authorization servers, and how questions end: IntrospectionServer, with libcurl on the event
// loop, against an HTTP server on the same loop.
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "admin/introspection_status.h"
#include "dns_responder.h"
#include "introspect/introspection_server.h"
#include "introspect/introspector.h"
#include "loop/event_loop.h"
#include "support/question_source.h"

namespace sluice::control {
namespace {

// Keeps its requests until the test answers them.
class Server {
 public:
  explicit Server(EventLoop& loop) : http_(evhttp_new(loop.base())) {
    auto* const bound = evhttp_bind_socket_with_handle(http_, "127.0.0.1", 0);
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(evhttp_bound_socket_get_fd(bound), reinterpret_cast<sockaddr*>(&address), &size);
    port = std::to_string(ntohs(address.sin_port));
    const auto on_request = [](evhttp_request* request, void* self) { static_cast<Server*>(self)->take(request); };
    evhttp_set_gencb(http_, on_request, this);
  }
  ~Server() { evhttp_free(http_); }

  // Answers the oldest.
  void answer(const std::string& body, int status = 200) {
    evhttp_request* const request = held.front();
    held.erase(held.begin());
    evbuffer_add(evhttp_request_get_output_buffer(request), body.data(), body.size());
    evhttp_send_reply(request, status, "Said", nullptr);
  }

  struct Seen {
    std::string path;
    std::string body;
    std::string headers;  // "name: value\n", …
    uint16_t client_port;
  };
  std::string port;
  std::vector<Seen> seen;
  std::vector<evhttp_request*> held;
  std::function<void()> on_request = [] {};

 private:
  void take(evhttp_request* request) {
    evbuffer* const input = evhttp_request_get_input_buffer(request);
    Seen one{evhttp_request_get_uri(request), std::string(evbuffer_get_length(input), '\0'), {}, 0};
    evbuffer_copyout(input, one.body.data(), one.body.size());
    for (const evkeyval* field = evhttp_request_get_input_headers(request)->tqh_first; field != nullptr;
         field = field->next.tqe_next) {
      one.headers += std::string(field->key) + ": " + field->value + "\n";
    }
    char* host = nullptr;
    evhttp_connection_get_peer(evhttp_request_get_connection(request), &host, &one.client_port);
    seen.push_back(std::move(one));
    held.push_back(request);
    on_request();
  }

  evhttp* http_;
};

class Book final : public IntrospectionBook {
 public:
  [[nodiscard]] bool keep(const IntrospectionTerms&, const IntrospectionKey& key, std::string_view answer,
                          WallTime) override {
    if (answer != "good") return false;
    kept.push_back(key);
    return true;
  }
  std::vector<IntrospectionKey> kept;
};

class IntrospectionTest : public ::testing::Test {
 protected:
  IntrospectionTest() {
    loop.every(Duration::milliseconds(5), [this] { look(); });
  }

  static std::shared_ptr<IntrospectionTerms> terms_at(const std::string& url) {
    auto terms = std::make_shared<IntrospectionTerms>();
    terms->url = url;
    terms->headers = {"Authorization: Basic x"};
    terms->timeout = Duration::seconds(60);
    terms->keepalive = Duration::seconds(60);
    return terms;
  }
  // Asks about the token `token`, whose answer the waiter `slot` waits for.
  void ask(IntrospectionServer& server, uint64_t token, uint32_t slot) {
    IntrospectionQuestion question;
    question.terms = terms;
    question.key.words[0] = token;
    question.waiting.slot = slot;
    question.set("token-" + std::to_string(token), "GET", "/a");
    server.ask(question, now());
  }
  static Instant now() {
    return {std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
  }

  // Runs the loop until `condition` holds.
  void run_until(std::function<bool()> condition) {
    condition_ = std::move(condition);
    loop.run();
  }
  void look() {
    server.poll(now());
    if (condition_()) loop.stop();
  }
  size_t woken(Woken how) const {
    return static_cast<size_t>(std::ranges::count_if(wakings, [how](const auto& w) { return w.second == how; }));
  }

  EventLoop loop;
  Server http{loop};
  Book book;
  std::vector<std::pair<uint32_t, Woken>> wakings;
  Transfers transfers{loop, 64};
  const IntrospectionServer::Environment environment{
      transfers, book, [this](const WaitHandle& waiting, Woken how) { wakings.emplace_back(waiting.slot, how); }, {}};
  std::shared_ptr<IntrospectionTerms> terms = terms_at("http://127.0.0.1:" + http.port + "/introspect?tenant=1");
  IntrospectionServer server{environment, *terms};

 private:
  std::function<bool()> condition_ = [] { return true; };
};

TEST_F(IntrospectionTest, Question_IsAFormWithTheGatewaysCredential) {
  terms->token_type_hint = "access token";
  terms->tell_request = true;
  IntrospectionQuestion question;
  question.terms = terms;
  question.set("a+b&c=\xe9 d", "PUT", "/path");
  server.ask(question, now());
  run_until([&] { return !http.seen.empty(); });
  EXPECT_EQ(http.seen[0].path, "/introspect?tenant=1");
  EXPECT_EQ(http.seen[0].body, "token=a%2Bb%26c%3D%E9%20d&token_type_hint=access%20token");
  for (const char* line : {"Authorization: Basic x\n", "Accept: application/json\n", "X-Request-Path: /path\n",
                           "X-Request-Http-Method: PUT\n", "Content-Type: application/x-www-form-urlencoded\n"}) {
    EXPECT_NE(http.seen[0].headers.find(line), std::string::npos) << line << http.seen[0].headers;
  }
  EXPECT_EQ(server.name(), "http://127.0.0.1:" + http.port + "/introspect");
}

TEST_F(IntrospectionTest, PathWithAControlByte_IsNotSent) {
  terms->tell_request = true;
  IntrospectionQuestion question;
  question.terms = terms;
  question.set("t", "GET", "/a\r\nX-Request-Path: /public");
  server.ask(question, now());
  run_until([&] { return !wakings.empty() || !http.seen.empty(); });
  EXPECT_EQ(woken(Woken::kInVain), 1u);
  EXPECT_TRUE(http.seen.empty());
  EXPECT_EQ(server.under_way(), 0u);
  EXPECT_EQ(server.last_error(), "a header would not be one line");
}

TEST_F(IntrospectionTest, QuestionsAboutOneTokenAtOneTime_AreOne) {
  for (uint32_t slot = 0; slot < 3; ++slot) ask(server, 7, slot);
  run_until([&] { return !http.held.empty(); });
  ask(server, 7, 3);
  http.answer("good");
  run_until([&] { return wakings.size() == 4; });
  EXPECT_EQ(woken(Woken::kServed), 4u);
  EXPECT_EQ(http.seen.size(), 1u);
  EXPECT_EQ(book.kept.size(), 1u);
  EXPECT_EQ(server.totals().shared, 3u);
  EXPECT_TRUE(server.idle());
}

TEST_F(IntrospectionTest, TooManyForOneToken_AreBusyAndTheLastToComeIsWokenFirst) {
  constexpr uint32_t kMost = IntrospectionServer::kMostSharing;
  for (uint32_t slot = 0; slot <= kMost; ++slot) ask(server, 7, slot);
  ASSERT_EQ(wakings.size(), 1u);
  EXPECT_EQ(wakings[0], (std::pair<uint32_t, Woken>{kMost, Woken::kBusy}));
  EXPECT_EQ(server.totals().busy, 1u);
  http.on_request = [&] { http.answer("good"); };
  run_until([&] { return wakings.size() == kMost + 1; });
  EXPECT_EQ(wakings[1], (std::pair<uint32_t, Woken>{kMost - 1, Woken::kServed}));
  EXPECT_EQ(wakings.back(), (std::pair<uint32_t, Woken>{0, Woken::kServed}));
}

TEST_F(IntrospectionTest, Connection_ServesOneQuestionAfterTheOther) {
  http.on_request = [&] { http.answer("good"); };
  for (uint64_t token = 1; token <= 3; ++token) {
    ask(server, token, 0);
    run_until([&] { return wakings.size() == token; });
  }
  ASSERT_EQ(http.seen.size(), 3u);
  EXPECT_EQ(http.seen[0].client_port, http.seen[2].client_port);
}

TEST_F(IntrospectionTest, KeepaliveOfZero_KeepsNoConnection) {
  terms->keepalive = {};
  http.on_request = [&] { http.answer("good"); };
  for (uint64_t token = 1; token <= 2; ++token) {
    ask(server, token, 0);
    run_until([&] { return wakings.size() == token; });
  }
  EXPECT_NE(http.seen[0].client_port, http.seen[1].client_port);
}

struct WrongAnswer {
  const char* body;
  int status;
  const char* error;
};

TEST_F(IntrospectionTest, WrongAnswers_WakeInVain) {
  const std::string too_long(70'000, 'x');
  const WrongAnswer cases[] = {{"bad", 200, "the answer is not an introspection response"},
                               {"good", 201, "status 201"},
                               {"good", 401, "status 401"},
                               {"good", 302, "status 302"},
                               {too_long.c_str(), 200, "the answer is too long"}};
  size_t ended = 0;
  for (const WrongAnswer& c : cases) {
    ask(server, ++ended, 0);
    run_until([&] { return !http.held.empty(); });
    http.answer(c.body, c.status);
    run_until([&] { return wakings.size() == ended; });
    EXPECT_EQ(wakings.back().second, Woken::kInVain) << c.error;
    EXPECT_EQ(server.last_error(), c.error);
  }
  EXPECT_EQ(server.totals().failed, ended);
  EXPECT_TRUE(book.kept.empty());
}

TEST_F(IntrospectionTest, ServerThatHangs_CostsItsTimeout) {
  terms->timeout = Duration::milliseconds(30);
  ask(server, 1, 0);
  run_until([&] { return !wakings.empty(); });
  EXPECT_EQ(wakings[0].second, Woken::kInVain);
  EXPECT_TRUE(server.idle());
}

TEST_F(IntrospectionTest, ServerThatIsNotThere_FailsAtOnce) {
  IntrospectionServer nobody(environment, *terms_at("http://127.0.0.1:1/"));
  ask(nobody, 1, 0);
  run_until([&] { return !wakings.empty(); });
  EXPECT_EQ(wakings[0].second, Woken::kInVain);
}

TEST_F(IntrospectionTest, TooManyQuestions_AreBusyAndTheOthersWaitTheirTurn) {
  constexpr size_t kAll = IntrospectionServer::kMostAtOnce + IntrospectionServer::kMostWaiting;
  for (uint64_t token = 0; token < kAll; ++token) ask(server, token, 0);
  EXPECT_EQ(server.under_way(), IntrospectionServer::kMostAtOnce);
  EXPECT_EQ(server.waiting(), IntrospectionServer::kMostWaiting);
  EXPECT_TRUE(wakings.empty());
  ask(server, kAll, 0);
  ask(server, 0, 0);
  ASSERT_EQ(wakings.size(), 1u);
  EXPECT_EQ(wakings[0].second, Woken::kBusy);

  // Another server is asked meanwhile.
  run_until([&] { return http.held.size() == IntrospectionServer::kMostAtOnce; });
  IntrospectionServer other(environment, *terms_at("http://127.0.0.1:1/"));
  ask(other, 1, 77);
  run_until([&] { return wakings.size() == 2; });
  EXPECT_EQ(wakings[1].first, 77u);

  http.on_request = [&] { http.answer("good"); };
  while (!http.held.empty()) http.answer("good");
  run_until([&] { return woken(Woken::kServed) == kAll + 1; });
  EXPECT_EQ(server.totals().asked, kAll);
  EXPECT_EQ(server.totals().busy, 1u);
  EXPECT_TRUE(server.idle());
}

TEST_F(IntrospectionTest, QuestionThatWaits_EndsInTimeToo) {
  for (uint64_t token = 0; token < IntrospectionServer::kMostAtOnce; ++token) ask(server, token, 0);
  terms = terms_at(terms->url);
  terms->timeout = Duration::milliseconds(30);
  ask(server, 1000, 5);
  run_until([&] { return !wakings.empty(); });
  EXPECT_EQ(wakings, (std::vector<std::pair<uint32_t, Woken>>{{5, Woken::kInVain}}));
  EXPECT_EQ(server.waiting(), 0u);
  EXPECT_EQ(server.under_way(), IntrospectionServer::kMostAtOnce);
}

TEST_F(IntrospectionTest, Host_IsAskedOnceItsAddressIsKnown) {
  terms = terms_at("http://user:secret@As.Example:" + http.port + "/i");
  IntrospectionServer named(environment, *terms);
  EXPECT_EQ(named.host_to_resolve(), "as.example");
  EXPECT_EQ(named.name(), "http://As.Example:" + http.port + "/i");
  ask(named, 1, 0);
  EXPECT_EQ(named.waiting(), 1u);
  named.set_addresses({IpAddress::v4(0x7f000001)}, now());
  http.on_request = [&] { http.answer("good"); };
  run_until([&] { return !wakings.empty(); });
  EXPECT_EQ(wakings[0].second, Woken::kServed);
  EXPECT_NE(http.seen[0].headers.find("Host: As.Example:" + http.port), std::string::npos) << http.seen[0].headers;
  named.set_addresses({}, now());
  ask(named, 2, 0);
  EXPECT_EQ(wakings.back().second, Woken::kInVain);
  EXPECT_EQ(named.last_error(), "the host has no address");
}

class IntrospectorTest : public IntrospectionTest {
 protected:
  std::string url(const std::string& host, const std::string& query) const {
    return "http://" + host + ":" + http.port + "/introspect?" + query;
  }

  void ask_worker(const std::string& url, uint32_t slot) {
    IntrospectionQuestion question;
    question.terms = terms_at(url);
    question.key.words[0] = slot;
    question.waiting.slot = slot;
    question.set("token", "", "");
    worker.ask(std::move(question));
  }

  test::DnsResponder dns{loop};
  policy::Node node;
  sluice::test::ScriptedSource<IntrospectionQuestion> worker;
};

TEST_F(IntrospectorTest, ServerWhoseHostIsNotAnsweredYet_IsWaitedFor) {
  ASSERT_TRUE(dns.good) << "no port 53: the tests run as root";
  node.dns.servers = {dns.address};
  node.dns.timeout = Duration::seconds(60);
  Introspector introspector(loop, node, book, {&worker});
  http.on_request = [&] { http.answer("good"); };
  dns.know("as1.example", 0x7f000001);
  ask_worker(url("as1.example", ""), 1);
  ask_worker(url("as2.example", ""), 2);
  run_until([&] { return !worker.wakings.empty(); });
  EXPECT_EQ(worker.wakings, (std::vector<std::pair<uint32_t, Woken>>{{1, Woken::kServed}}));
  dns.know("as2.example", 0x7f000001);
  run_until([&] { return worker.wakings.size() == 2; });
  EXPECT_EQ(worker.wakings.back(), (std::pair<uint32_t, Woken>{2, Woken::kServed}));
}

TEST_F(IntrospectorTest, ServersOfOneName_AreOneSeries) {
  Introspector introspector(loop, node, book, {&worker});
  http.on_request = [&] { http.answer("good"); };
  ask_worker(url("127.0.0.1", "tenant=1"), 1);
  ask_worker(url("127.0.0.1", "tenant=2"), 2);
  run_until([&] { return worker.wakings.size() == 2; });
  std::vector<Gauge> gauges;
  add_introspection_gauges(introspector, gauges);
  const auto is_requests = [](const Gauge& gauge) { return gauge.labels.back().second == "requests"; };
  ASSERT_EQ(std::ranges::count_if(gauges, is_requests), 1);
  EXPECT_EQ(std::ranges::find_if(gauges, is_requests)->value, 2);
}

}  // namespace
}  // namespace sluice::control
