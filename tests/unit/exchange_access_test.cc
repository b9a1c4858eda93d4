#include <gtest/gtest.h>

#include <map>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

// What an access record says, its texts read.
struct Seen {
  AccessRecord record;
  std::string method, host, target, upstream_target, correlation_id;
  std::multimap<std::string, std::string> request_headers, response_headers;
};

Seen read(const AccessRecord& record) {
  Seen seen{record, {}, {}, {}, {}, {}, {}, {}};
  PackedTexts::Reader texts(record.texts);
  for (std::string* text : {&seen.method, &seen.host, &seen.target, &seen.upstream_target, &seen.correlation_id}) {
    *text = texts.next();
  }
  const auto read_headers = [&](uint16_t count, auto& headers) {
    for (uint16_t i = 0; i < count; ++i) {
      const std::string name(texts.next());
      headers.emplace(name, texts.next());
    }
  };
  read_headers(record.request_headers, seen.request_headers);
  read_headers(record.response_headers, seen.response_headers);
  return seen;
}

std::string value_of(const std::multimap<std::string, std::string>& headers, const std::string& name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

// A rig whose every request a file-log wants, beside a plugin that does not log.
class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    rig.add_plugin(policy::CorrelationIdConfig{});
    rig.add_plugin(policy::FileLogConfig{.path = "/dev/null"});
    rig.reload();
  }

  std::vector<Seen> taken() {
    std::vector<Seen> all;
    for (AccessRecord record; rig.server().access_records().try_take(record);) all.push_back(read(record));
    return all;
  }
  Seen only() {
    const std::vector<Seen> all = taken();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Seen() : all[0];
  }
  // A request that its origin answers.
  void exchange(const std::string& head, std::string_view answer = kOk) {
    rig.origins.answer_all([answer](const HttpMessage&) { return std::string(answer); });
    rig.send(head);
  }

  Rig rig;
};

TEST_F(AccessTest, Record_TellsRequestAndAnswer) {
  exchange("GET /a%20b?q=1 HTTP/1.1\r\nHost: gw.example:81\r\nX-One: 1\r\n\r\n",
           "HTTP/1.1 201 Made\r\nContent-Length: 2\r\nX-Two: 2\r\n\r\nok");
  const Seen seen = only();
  EXPECT_EQ(seen.record.sinks.count, 1);
  EXPECT_EQ(seen.record.sinks.plugins[0], 1u);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.host, "gw.example:81");
  EXPECT_EQ(seen.target, "/a%20b?q=1");
  EXPECT_EQ(seen.upstream_target, "/a%20b?q=1");
  EXPECT_EQ(seen.request_headers.find("X-One")->second, "1");
  EXPECT_EQ(seen.request_headers.find("Host")->second, "gw.example:81");
  EXPECT_EQ(seen.request_headers.count("X-Forwarded-For"), 0u);
  EXPECT_EQ(seen.response_headers.find("X-Two")->second, "2");
  EXPECT_EQ(seen.record.status, 201);
  EXPECT_EQ(seen.record.origin_status, 201);
  EXPECT_EQ(seen.record.answered_by, AnsweredBy::kOrigin);
  EXPECT_EQ(seen.record.route, 0u);
  EXPECT_EQ(seen.record.service, 0u);
  EXPECT_EQ(seen.record.consumer, kNoEntity);
  EXPECT_EQ(seen.record.version_minor, 1);
  EXPECT_EQ(seen.record.peer_address, seen.record.client_address);
}

// The fields that the session writes for an answer's body.
TEST_F(AccessTest, Record_TellsOfTheFraming) {
  constexpr std::string_view kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n", kChunked);
  Seen seen = only();
  EXPECT_EQ(value_of(seen.response_headers, "Transfer-Encoding"), "chunked");
  EXPECT_EQ(seen.response_headers.count("Content-Length"), 0u);

  for (const char* unchunked : {"HEAD / HTTP/1.1", "GET / HTTP/1.0"}) {
    exchange(std::string(unchunked) + "\r\nHost: h\r\n\r\n", kChunked);
    EXPECT_EQ(only().response_headers.count("Transfer-Encoding"), 0u) << unchunked;
  }

  exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  seen = only();
  EXPECT_EQ(seen.response_headers.count("Transfer-Encoding"), 0u);
  EXPECT_EQ(seen.response_headers.count("Content-Length"), 1u);
  EXPECT_EQ(value_of(seen.response_headers, "Content-Length"), "2");
}

TEST_F(AccessTest, Record_OfAnAnswerOfOurOwn_HasItsLength) {
  rig.policy.routes[0].paths = {"/only"};
  rig.reload();
  const std::string answer = rig.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n").received();
  const std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
  const Seen seen = only();
  EXPECT_EQ(seen.response_headers.count("Content-Length"), 1u);
  EXPECT_EQ(value_of(seen.response_headers, "Content-Length"), std::to_string(body.size()));
}

// What was counted for the wire is what the peers saw.
TEST_F(AccessTest, Sizes_AreThoseOfTheWire) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body = "3\r\nabc\r\n0\r\n\r\n";
  rig.origins.answer_all([](const HttpMessage&) {
    return std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
  });
  Peer& client = rig.connect();
  for (int i = 0; i < 2; ++i) {
    client.send("\r\n" + head + body);
    rig.run();
    const std::string answer = std::exchange(client.received(), "");
    const Seen seen = only();
    EXPECT_EQ(seen.record.request_bytes, head.size() + body.size());
    EXPECT_EQ(seen.record.response_bytes, answer.size());
    EXPECT_NE(answer.find("2\r\nok\r\n"), std::string::npos);
  }
}

TEST_F(AccessTest, SizeOfABodyThatNobodyRead_IsNotCounted) {
  rig.policy.routes[0].paths = {"/only"};
  rig.reload();
  const std::string head = "POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n";
  rig.send(head + "abcd");
  EXPECT_EQ(only().record.request_bytes, head.size());
}

TEST_F(AccessTest, EveryTry_IsInTheRecord) {
  rig.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  rig.origins[0].end();
  rig.run();
  rig.advance(Duration::milliseconds(5));
  rig.origins[1].end();
  rig.run();
  rig.advance(Duration::milliseconds(7));
  rig.origins[2].send(kOk);
  rig.run();
  const AccessRecord record = only().record;
  ASSERT_EQ(record.tries, 3);
  ASSERT_EQ(record.kept_tries, 3);
  EXPECT_TRUE(record.try_list[0].failed);
  EXPECT_EQ(record.try_list[0].status, 502);
  EXPECT_EQ(record.try_list[0].origin.port, Port{8080});
  EXPECT_EQ(record.try_list[1].status, 502);
  EXPECT_FALSE(record.try_list[2].failed);
  EXPECT_EQ(record.try_list[2].status, 200);
  EXPECT_EQ(record.try_list[2].begun, Duration::milliseconds(5));
  EXPECT_EQ(record.own_time, Duration::milliseconds(5));
  EXPECT_EQ(record.waiting_time, Duration::milliseconds(7));
}

TEST_F(AccessTest, ExhaustedTries_EndWithTheirFailure) {
  rig.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  for (size_t i = 0; i < 3; ++i) {
    rig.origins[i].end();
    rig.run();
  }
  const AccessRecord record = only().record;
  ASSERT_EQ(record.kept_tries, 3);
  EXPECT_TRUE(record.try_list[2].failed);
  EXPECT_EQ(record.try_list[2].status, 502);
  EXPECT_EQ(record.status, 502);
  EXPECT_TRUE(record.proxied);
}

TEST_F(AccessTest, CorrelationId_IsInTheRecord) {
  exchange("GET / HTTP/1.1\r\nHost: h\r\nKong-Request-ID: mine\r\n\r\n");
  EXPECT_EQ(only().correlation_id, "mine");
}

TEST_F(AccessTest, Credentials_DoNotReachTheRecord) {
  exchange("GET / HTTP/1.1\r\nHost: h\r\nauthorization: Bearer s3cret\r\nProxy-Authorization: Basic s3cret\r\n\r\n");
  const Seen seen = only();
  EXPECT_EQ(seen.request_headers.find("authorization")->second, "REDACTED");
  for (const auto& [name, value] : seen.request_headers) EXPECT_EQ(value.find("s3cret"), std::string::npos);
}

TEST_F(AccessTest, RequestWithoutARoute_IsTheGlobalPlugins) {
  rig.policy.routes[0].paths = {"/only"};
  rig.reload();
  rig.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
  const Seen seen = only();
  EXPECT_EQ(seen.record.status, 404);
  EXPECT_EQ(seen.record.route, kNoEntity);
  EXPECT_EQ(seen.record.answered_by, AnsweredBy::kGateway);
  EXPECT_EQ(seen.request_headers.find("Host")->second, "h");
}

TEST_F(AccessTest, HeadersThatDoNotFit_AreLeftOutAndCounted) {
  std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 12; ++i) head += "X-" + std::to_string(i) + ": " + std::string(600, 'v') + "\r\n";
  exchange(head + "\r\n");
  const Seen seen = only();
  EXPECT_LT(seen.request_headers.size(), 13u);
  EXPECT_GT(seen.request_headers.size(), 5u);
  EXPECT_EQ(seen.response_headers.count("Content-Length"), 1u);
  EXPECT_EQ(rig.counted(Counter::kExchangeAccessRecordsCut), 1u);
}

// The chain waits in front of the plugin that logs, and is not gone on with.
TEST_F(AccessTest, RequestThatEndsWithinTheChain_IsRecorded) {
  policy::RequestTransformerConfig reads_body;
  reads_body.add.body = {{"a", "1"}};
  rig.add_plugin(reads_body);
  rig.add_plugin(policy::RequestSizeLimitingConfig{.allowed_payload_size = 3, .size_unit = policy::SizeUnit::kBytes});
  rig.reload();
  const std::string head =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  rig.send(head + "5\r\n{   }\r\n0\r\n\r\n");
  EXPECT_EQ(only().record.status, 413);
  rig.send(head).reset();
  rig.run();
  EXPECT_EQ(only().record.status, 0);
}

TEST_F(AccessTest, FullRing_LosesTheRecordAndCountsIt) {
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  for (int i = 0; i < 515; ++i) rig.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(taken().size(), 512u);
  EXPECT_EQ(rig.counted(Counter::kExchangeAccessRecordsLost), 3u);
}

TEST_F(AccessTest, WithoutALogger_NothingIsWritten) {
  rig.policy.plugins.clear();
  rig.reload();
  exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(taken().empty());
}

TEST_F(AccessTest, Tunnel_IsRecordedAtItsEnd) {
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  rig.run();
  EXPECT_TRUE(taken().empty());
  rig.reload();
  client.end();
  rig.origins[0].end();
  rig.run();
  const Seen seen = only();
  EXPECT_EQ(seen.record.status, 101);
  EXPECT_EQ(seen.record.header.policy_generation, 1u);
}

TEST_F(AccessTest, SpanOfARequest_IsTheOneThatTheOriginSaw) {
  rig.add_plugin(policy::OpentelemetryConfig{});
  rig.reload();
  std::string sent;
  rig.origins.answer_all([&](const HttpMessage& request) {
    sent = request.header("traceparent");
    return std::string(kOk);
  });
  rig.send("GET / HTTP/1.1\r\nHost: h\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n");
  const Seen seen = only();
  ASSERT_EQ(sent.size(), 55u);
  EXPECT_EQ(sent.substr(0, 36), "00-0af7651916cd43dd8448eb211c80319c-");
  EXPECT_EQ(seen.record.trace.parent_id[0], 0xb7);
  char span[17];
  for (size_t i = 0; i < 8; ++i) std::snprintf(span + 2 * i, 3, "%02x", seen.record.trace.span_id[i]);
  EXPECT_EQ(sent.substr(36, 16), span);
}

TEST_F(AccessTest, TraceThatIsNotSampled_WantsNoRecord) {
  rig.policy.plugins.clear();
  rig.add_plugin(policy::OpentelemetryConfig{.sampling_rate = 0.0});
  rig.reload();
  exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(taken().empty());
}

}  // namespace
}  // namespace sluice::exchange::test
