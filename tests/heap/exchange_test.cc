// A steady exchange takes nothing from the heap: a client and an origin on TCP, Sluice between them with all of its
// stages, keep-alive on both sides.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "config/policy_loader.h"
#include "exchange/server.h"
#include "gateway/rate_budgets.h"
#include "gateway/shared_state.h"
#include "heap/cable.h"
#include "heap/heap_watch.h"
#include "http/h1_server.h"
#include "stream/tcp_stream.h"
#include "token/verified_memory.h"

namespace sluice::heap {
namespace {

constexpr IpAddress kSluice = IpAddress::v4(0xC6120001);
constexpr IpAddress kClient = IpAddress::v4(0xC6120002);
constexpr IpAddress kOrigin = IpAddress::v4(0xC6120003);
constexpr Port kHttp{80};
constexpr std::string_view kRequest =
    "GET /r/1?a=b HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: test\r\nAccept: */*\r\nOrigin: https://shop.example\r\n"
    "apikey: open-sesame\r\n\r\n";
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

// One end of a connection that answers, or counts, what it gets; its own bytes stand in packets at once.
class Talker final : public tcp::ConnectionEvents, public tcp::AcceptHandler {
 public:
  explicit Talker(test::TestWorker& worker) : worker_(worker) {}

  // What is said to each message that arrives; nothing: they are counted.
  void answer_with(std::string_view text) { answer_ = text; }
  void begin(tcp::Connection& connection) { connection_ = &connection; }
  tcp::ConnectionEvents* on_accept(tcp::Connection& connection) override {
    begin(connection);
    return this;
  }
  void say(std::string_view text) {
    Packet packet = worker_.packets->try_allocate();
    std::memcpy(packet.append(text.size()).data(), text.data(), text.size());
    SliceQueue bytes(worker_.nodes);
    if (bytes.try_push(Slice(std::move(packet)))) connection_->write(std::move(bytes));
  }

  void on_connected() override {}
  void on_readable() override {
    SliceQueue& queue = connection_->readable();
    const size_t n = queue.size();
    size_t at = 0;
    for (; !queue.empty(); queue.take_front()) {
      const std::string_view text = queue.front().text();
      last_size_ = text.copy(last_.data() + at, std::min(text.size(), last_.size() - at)) + at;
      at = last_size_;
    }
    connection_->consumed(n);
    if (n == 0) return;
    ++heard_;
    if (!answer_.empty()) say(answer_);
  }
  void on_writable() override {}
  void on_closed(tcp::CloseReason) override { connection_ = nullptr; }

  uint64_t heard() const { return heard_; }
  // Of the last message.
  std::string_view last() const { return {last_.data(), last_size_}; }

 private:
  test::TestWorker& worker_;
  tcp::Connection* connection_ = nullptr;
  std::string_view answer_;
  std::array<char, 4096> last_{};
  size_t last_size_ = 0;
  uint64_t heard_ = 0;
};

class SteadyExchange : public testing::Test {
 protected:
  // `plugins`, `rest`: YAML, of the only service and of the file.
  void serve(const std::string& plugins, const std::string& rest = "") {
    auto loaded = config::load_policy(
        "_format_version: '3.0'\n"
        "services:\n"
        "- name: s\n"
        "  url: http://198.18.0.3:80\n"
        "  plugins: [" +
            plugins +
            "]\n"
            "  routes: [{name: r, paths: [/r]}]\n" +
            rest,
        "policy.yaml");
    for (const config::Diagnostic& d : loaded.diagnostics.errors()) FAIL() << config::to_line("policy.yaml", d);
    const exchange::CompileContext context{.gateway = shared, .health = health, .product = "sluice/test"};
    auto compiled = exchange::compile(std::make_shared<const policy::Policy>(*loaded.policy), 1, context);
    ASSERT_TRUE(compiled);
    snapshot = std::move(compiled).value();
    server.adopt(*snapshot);
    ASSERT_TRUE(streams.listen({kSluice, kHttp}, sessions).ok());
    origin.answer_with(kAnswer);
    ASSERT_TRUE(origin_stack.listen({kOrigin, kHttp}, origin).ok());
    client.begin(*client_stack.connect({kSluice, kHttp}, client).value());
    cable.run_for(10);
  }

  // Requests, each after the answer to the one before: four segments' ways, and some time.
  void exchange(unsigned requests) {
    for (unsigned i = 0; i < requests; ++i) {
      client.say(kRequest);
      cable.run_for(6);
      for (EdgeRecord record; server.records().try_take(record);) ++records;
      for (GatewayRecord record; server.records().try_take(record);) ++records;
    }
  }

  void expect_no_allocation() {
    exchange(200);
    ASSERT_EQ(client.heard(), 200u);
    ASSERT_TRUE(client.last().starts_with("HTTP/1.1 200 ")) << client.last();
    EXPECT_EQ(allocations([this] { exchange(500); }), 0u);
    EXPECT_EQ(client.heard(), 700u);
    EXPECT_EQ(origin.heard(), 700u);
    EXPECT_EQ(records, 1400u);
    EXPECT_EQ(worker.counted(Counter::kTcpAccepts), 2u);
  }

  void TearDown() override {
    sessions.abort_all();
    server.leave_origins();
    cable.run_for(10);
  }

  test::TestWorker worker;
  Cable cable{worker};
  tcp::Stack& sluice_stack = cable.add_host(kSluice);
  tcp::Stack& client_stack = cable.add_host(kClient);
  tcp::Stack& origin_stack = cable.add_host(kOrigin);
  Talker client{worker};
  Talker origin{worker};
  uint64_t records = 0;

  stream::TcpStreams streams{sluice_stack, 64};
  policy::Limits limits;
  http::SessionContext session_context{worker.context, *worker.packets, worker.nodes, limits};
  upstream::HealthTable health{64};
  AddressBook book;
  token::VerifiedMemory tokens{worker.context, {.tokens = 16}};
  gateway::RateBudgets budgets{{1, 2}};
  gateway::SharedState shared{.rate_budgets = &budgets};
  std::unique_ptr<const exchange::Snapshot> snapshot;
  exchange::Server server{{session_context, streams, health, tokens, book}, {}};
  gateway::TrustedProxies trusted;
  exchange::ListenerHandler handler{server, trusted};
  http::H1Server sessions{session_context, handler};
};

TEST_F(SteadyExchange, Plain_TakesNothingFromTheHeap) {
  serve("");
  expect_no_allocation();
}

TEST_F(SteadyExchange, WithTransformers_TakesNothingFromTheHeap) {
  serve(
      "{name: request-transformer, config: {add: {headers: ['x-one:1', 'x-two:$(headers.host)']}, "
      "remove: {headers: [accept]}}}, "
      "{name: response-transformer, config: {add: {headers: ['x-three:3']}, remove: {headers: [content-type]}}}, "
      "{name: correlation-id, config: {header_name: x-id, generator: uuid}}");
  expect_no_allocation();
}

TEST_F(SteadyExchange, WithAccessRules_TakesNothingFromTheHeap) {
  serve(
      "{name: key-auth, config: {key_names: [apikey]}}, {name: cors, config: {origins: ['https://shop.example']}}, "
      "{name: ip-restriction, config: {allow: [198.18.0.0/24]}}, {name: acl, config: {allow: [people]}}, "
      "{name: bot-detection}",
      "consumers:\n"
      "- username: alice\n"
      "  keyauth_credentials: [{key: open-sesame}]\n"
      "  acls: [{group: people}]\n");
  expect_no_allocation();
}

TEST_F(SteadyExchange, WithRateLimits_TakesNothingFromTheHeap) {
  serve("{name: rate-limiting, config: {hour: 100000, policy: local}}");
  expect_no_allocation();
}

}  // namespace
}  // namespace sluice::heap
