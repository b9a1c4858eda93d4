#include <gtest/gtest.h>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

using FailureTest = ExchangeTest;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(FailureTest, Refused_IsABadGatewayAfterAllTries) {
  rig.origins.meet_others(Welcome::kRefuse);
  Peer& client = rig.send(kGet);
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status(), 502);
  EXPECT_EQ(response->header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response->body, "An invalid response was received from the upstream server\nrequest_id: " +
                                response->header("X-Kong-Request-Id") + "\n");
  EXPECT_TRUE(response->has("X-Kong-Upstream-Latency"));
  EXPECT_TRUE(response->has("Via"));
  EXPECT_EQ(response->header("Connection"), "keep-alive");
  const GatewayRecord record = rig.gateway_record();
  EXPECT_EQ(record.tries, 3);
  EXPECT_EQ(record.answered_by, AnsweredBy::kGateway);
  EXPECT_TRUE(record.failure.failed);
  EXPECT_EQ(record.failure.side, Side::kOrigin);
}

TEST_F(FailureTest, NoTarget_IsUnavailableAndWasNotProxied) {
  policy::Upstream upstream;
  upstream.name = "empty";
  rig.policy.upstreams = {upstream};
  rig.policy.services[0].host = "empty";
  rig.reload();
  Peer& client = rig.send(kGet);
  const auto response = take_message(client.received());
  EXPECT_EQ(response->status(), 503);
  EXPECT_NE(response->body.find("failure to get a peer from the ring-balancer"), std::string::npos);
  EXPECT_TRUE(response->has("X-Kong-Response-Latency"));
  EXPECT_FALSE(response->has("Via"));
}

TEST_F(FailureTest, NameWithoutAddress_IsUnavailable) {
  rig.policy.services[0].host = "gone.example";
  rig.reload();
  Peer& client = rig.send(kGet);
  const auto response = take_message(client.received());
  EXPECT_EQ(response->status(), 503);
  EXPECT_NE(response->body.find("name resolution failed"), std::string::npos);
}

TEST_F(FailureTest, SilentOrigin_IsATimeout) {
  rig.policy.services[0].retries = 0;
  rig.policy.services[0].read_timeout = Duration::milliseconds(150);
  rig.reload();
  Peer& client = rig.send(kGet);
  rig.advance(Duration::milliseconds(152));
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status(), 504);
  EXPECT_EQ(rig.gateway_record().failure.reason, Counter::kUpstreamTimeouts);
}

// A name of two families on a machine with a route for one.
TEST_F(FailureTest, AddressWithoutARoute_CostsNoRequest) {
  const IpAddress six = *IpAddress::parse("2001:db8::1");
  AddressBook book;
  book.set("origin.example", {IpAddress::v4(0xC6120101), six});
  rig.policy.services[0].host = "origin.example";
  rig.policy.services[0].retries = 0;
  rig.reload();
  rig.server().use(book);
  rig.origins.cut_off(six);
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(take_message(rig.send(kGet).received())->status(), 200);
  EXPECT_EQ(rig.counted(Counter::kUpstreamConnectionsFull), 0u);
}

TEST_F(FailureTest, NoRouteToTheOrigin_IsABadGateway) {
  rig.origins.cut_off(IpAddress::v4(0xC6120101));
  EXPECT_EQ(take_message(rig.send(kGet).received())->status(), 502);
  EXPECT_EQ(rig.gateway_record().failure.reason, Counter::kTcpNoRoute);
}

TEST_F(FailureTest, ErrorForHead_HasTheLengthOfItsBodyAndNoBody) {
  rig.origins.meet_others(Welcome::kRefuse);
  Peer& client = rig.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto response = take_message(client.received(), Body::kNone);
  EXPECT_EQ(response->status(), 502);
  EXPECT_GT(std::stoi(response->header("Content-Length")), 40);
  EXPECT_EQ(client.received(), "");
}

TEST_F(FailureTest, MalformedResponse_IsABadGateway) {
  for (const std::string_view answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "hello\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) {
    Peer& client = rig.send(kGet);
    rig.origins.last().send(answer);
    rig.run();
    EXPECT_EQ(take_message(client.received())->status(), 502) << answer;
  }
  EXPECT_EQ(rig.origins.connections(), 3u);
}

TEST_F(FailureTest, ServiceByTls_IsABadGatewayUntilThereIsTls) {
  rig.policy.services[0].protocol = policy::Protocol::kHttps;
  rig.reload();
  Peer& client = rig.send(kGet);
  EXPECT_EQ(take_message(client.received())->status(), 502);
  EXPECT_EQ(rig.counted(Counter::kUpstreamTlsUnavailable), 1u);
}

// An origin that speaks something else would not know what to make of a request in HTTP/1.1, or take it for its own.
TEST_F(FailureTest, ServiceOfAProtocolThatIsNotThere_IsABadGateway) {
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  for (const auto protocol : {policy::Protocol::kGrpc, policy::Protocol::kTcp, policy::Protocol::kUdp}) {
    rig.policy.services[0].protocol = protocol;
    rig.reload();
    EXPECT_EQ(take_message(rig.send(kGet).received())->status(), 502);
    EXPECT_EQ(rig.gateway_record().failure.reason, Counter::kUpstreamProtocolUnavailable);
  }
  EXPECT_EQ(rig.counted(Counter::kUpstreamProtocolUnavailable), 3u);
  for (const auto protocol : {policy::Protocol::kGrpcs, policy::Protocol::kTls, policy::Protocol::kTlsPassthrough}) {
    rig.policy.services[0].protocol = protocol;
    rig.reload();
    EXPECT_EQ(take_message(rig.send(kGet).received())->status(), 502);
  }
  EXPECT_EQ(rig.counted(Counter::kUpstreamTlsUnavailable), 3u);
  EXPECT_EQ(rig.origins.connections(), 0u);
}

TEST_F(FailureTest, OriginLostWithinTheBody_EndsTheClientsConnectionBeforeTheBody) {
  Peer& client = rig.send(kGet);
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  rig.run();
  EXPECT_EQ(client.received().substr(client.received().size() - 3), "abc");
  rig.origins[0].reset();
  rig.run();
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(client.received().ends_with("abc"));
  const EdgeRecord record = rig.edge_record();
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.ending, Ending::kTruncated);
  EXPECT_EQ(record.response_body_bytes, 3u);
}

TEST_F(FailureTest, ChunkThatIsMalformedLater_EndsTheClientsConnectionBeforeTheBody) {
  Peer& client = rig.send(kGet);
  rig.origins[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  rig.run();
  rig.origins[0].send("zz\r\n");
  rig.run();
  EXPECT_TRUE(client.ended());
  EXPECT_FALSE(client.received().ends_with("0\r\n\r\n"));
  EXPECT_EQ(rig.edge_record().ending, Ending::kTruncated);
}

TEST_F(FailureTest, ClientGoneWhileConnecting_GivesTheConnectUp) {
  rig.origins.meet_others(Welcome::kSilence);
  Peer& client = rig.send(kGet);
  client.reset();
  rig.run();
  EXPECT_EQ(rig.server().active(), 0u);
  const GatewayRecord record = rig.gateway_record();
  EXPECT_EQ(record.ending, Ending::kClientGone);
  EXPECT_EQ(record.status, 0);
}

TEST_F(FailureTest, ClientGoneWhileTheOriginThinks_ResetsTheOrigin) {
  Peer& client = rig.send(kGet);
  client.reset();
  rig.run();
  EXPECT_TRUE(rig.origins[0].was_reset());
  EXPECT_EQ(rig.edge_record().ending, Ending::kClientGone);
  EXPECT_EQ(rig.counted(Counter::kExchangeClientGone), 1u);
}

TEST_F(FailureTest, ClientGoneWithinItsBody_ResetsTheOrigin) {
  Peer& client = rig.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  client.reset();
  rig.run();
  EXPECT_TRUE(rig.origins[0].was_reset());
  EXPECT_EQ(rig.edge_record().request_body_bytes, 3u);
}

TEST_F(FailureTest, ClientGoneWithinTheResponse_ResetsTheOrigin) {
  Peer& client = rig.send(kGet);
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  rig.run();
  client.reset();
  rig.run();
  EXPECT_TRUE(rig.origins[0].was_reset());
  EXPECT_EQ(rig.edge_record().status, 200);
}

TEST_F(FailureTest, ClientGoneBeforeTheExchangeBegan_IsRecordedAllTheSame) {
  Peer& client = rig.connect();
  client.send(kGet);
  client.reset();
  rig.run();
  EXPECT_EQ(rig.server().active(), 0u);
  EXPECT_LE(rig.edge_records().size(), 1u);
}

TEST_F(FailureTest, BodyThatBreaksOff_IsRefusedAndRecordedOnce) {
  Peer& client = rig.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("zz\r\n");
  rig.run();
  EXPECT_EQ(take_message(client.received())->status(), 400);
  EXPECT_TRUE(rig.origins[0].was_reset());
  EXPECT_EQ(rig.edge_record().failure.reason, Counter::kHttpChunkSize);
}

TEST_F(FailureTest, RefusedHead_IsAnsweredLikeKongAndRecorded) {
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status(), 400);
  EXPECT_EQ(response->body, "Bad request\nrequest_id: " + response->header("X-Kong-Request-Id") + "\n");
  const EdgeRecord record = rig.edge_record();
  EXPECT_EQ(record.answered_by, AnsweredBy::kServer);
  EXPECT_EQ(record.status, 400);
  EXPECT_EQ(record.failure.reason, Counter::kHttpHostRepeated);
  EXPECT_EQ(std::string(record.header.request_id.data(), 32), response->header("X-Kong-Request-Id"));
  EXPECT_TRUE(rig.gateway_records().empty());
}

TEST_F(FailureTest, RefusedHead_IsToldInTheTypeThatItAsksFor) {
  for (const char* sent : {"TRACE / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n",
                           "CONNECT a:443 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\r\n",
                           "GET / HTTP/1.1\r\nAccept: application/json\r\n\r\n"}) {
    const auto response = take_message(rig.send(sent).received());
    ASSERT_TRUE(response) << sent;
    EXPECT_EQ(response->header("Content-Type"), "application/json; charset=utf-8") << sent;
    const std::string message = response->status() == 405 ? "Method not allowed" : "Bad request";
    EXPECT_EQ(response->body, "{\n  \"message\":\"" + message + "\",\n  \"request_id\":\"" +
                                  response->header("X-Kong-Request-Id") + "\"\n}")
        << sent;
  }
}

TEST_F(FailureTest, RefusedHead_PassesTheFiltersOfThePluginsOfEveryRequest) {
  rig.add_plugin(policy::CorrelationIdConfig{.header_name = "X-Trace", .echo_downstream = true});
  rig.reload();
  EXPECT_EQ(take_message(rig.send("GET / HTTP/1.1\r\nX-Trace: mine\r\n\r\n").received())->header("X-Trace"), "mine");
  EXPECT_NE(take_message(rig.send("/\r\n\r\n").received())->header("X-Trace"), "") << "nothing of it was read";
}

TEST_F(FailureTest, BodyOverAPluginsLimit_NeverReachesTheOriginWhenSmall) {
  rig.add_plugin(policy::RequestSizeLimitingConfig{.allowed_payload_size = 10, .size_unit = policy::SizeUnit::kBytes});
  rig.reload();
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  Peer& client = rig.send(start + "8\r\n01234567\r\n");
  EXPECT_EQ(rig.origins.connections(), 0u);
  client.send("3\r\n89x\r\n0\r\n\r\n");
  rig.run();
  const auto response = take_message(client.received());
  EXPECT_EQ(response->status(), 413);
  EXPECT_NE(response->body.find("Request size limit exceeded"), std::string::npos);
  EXPECT_EQ(rig.origins.connections(), 0u);
  EXPECT_EQ(rig.counted(Counter::kExchangeBodyTooLarge), 1u);
}

TEST_F(FailureTest, ExpectedBodyOverAPluginsLimit_IsAnExpectationThatFails) {
  rig.add_plugin(policy::RequestSizeLimitingConfig{.allowed_payload_size = 1, .size_unit = policy::SizeUnit::kBytes});
  rig.reload();
  Peer& client = rig.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.send("3\r\nabc\r\n0\r\n\r\n");
  rig.run();
  EXPECT_NE(client.received().find("HTTP/1.1 417 "), std::string::npos) << client.received();
}

TEST_F(FailureTest, BodyWithinAPluginsLimit_ReachesTheOrigin) {
  rig.add_plugin(policy::RequestSizeLimitingConfig{.allowed_payload_size = 10, .size_unit = policy::SizeUnit::kBytes});
  rig.reload();
  rig.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n");
  EXPECT_EQ(take_message(rig.origins[0].received())->body, "0123456789");
}

TEST_F(FailureTest, LongBodyOverAPluginsLimit_IsRefusedOnItsWay) {
  rig.add_plugin(
      policy::RequestSizeLimitingConfig{.allowed_payload_size = 500, .size_unit = policy::SizeUnit::kKilobytes});
  rig.reload();
  Peer& client = rig.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  char line[20];
  for (int i = 0; i < 600; ++i) {
    std::snprintf(line, sizeof line, "%x\r\n", 1024);
    client.send(line + std::string(1024, 'x') + "\r\n");
    rig.run();
  }
  EXPECT_EQ(take_message(client.received())->status(), 413);
  EXPECT_TRUE(rig.origins[0].was_reset());
}

TEST_F(FailureTest, LongBodyWithinAPluginsLimit_PassesWhole) {
  rig.add_plugin(policy::RequestSizeLimitingConfig{.allowed_payload_size = 1});
  rig.reload();
  Peer& client = rig.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 1000; ++i) client.send("3e8\r\n" + std::string(1000, 'x') + "\r\n");
  client.send("0\r\n\r\n");
  rig.run();
  EXPECT_EQ(take_message(rig.origins[0].received())->body.size(), 1'000'000u);
}

TEST_F(FailureTest, ManyTinyChunksBeforeALimit_DoNotStall) {
  rig.add_plugin(policy::RequestSizeLimitingConfig{.allowed_payload_size = 1});
  rig.reload();
  Peer& client = rig.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 1000; ++i) client.send("1\r\nx\r\n");
  client.send("0\r\n\r\n");
  rig.run();
  EXPECT_EQ(take_message(rig.origins[0].received())->body.size(), 1000u);
}

TEST(FailureWithoutPolicy, RequestBeforeTheFirstPolicy_IsUnavailable) {
  Rig rig;
  Peer& client = rig.send(kGet);
  EXPECT_EQ(take_message(client.received())->status(), 503);
  EXPECT_EQ(rig.counted(Counter::kExchangeNoSnapshot), 1u);
  EXPECT_EQ(rig.edge_records().size(), 1u);
}

TEST(FailureWithoutRoom, MoreExchangesThanAllowed_AreUnavailable) {
  Rig rig({.exchanges = 1});
  rig.reload();
  rig.send(kGet);
  Peer& second = rig.send(kGet);
  EXPECT_EQ(take_message(second.received())->status(), 503);
  EXPECT_EQ(rig.counted(Counter::kExchangeFull), 1u);
}

TEST(FailureWithoutRoom, FullLogRings_AreCountedAndLeaveAGap) {
  Rig rig({.log_ring_records = 2});
  rig.reload();
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  for (int i = 0; i < 3; ++i) rig.send(kGet);
  EXPECT_EQ(rig.counted(Counter::kExchangeEdgeRecordsLost), 1u);
  EXPECT_EQ(rig.counted(Counter::kExchangeGatewayRecordsLost), 1u);
  EXPECT_EQ(rig.edge_records().back().header.sequence, 2u);
  rig.send(kGet);
  EXPECT_EQ(rig.edge_record().header.sequence, 4u);
}

TEST_F(FailureTest, LateReply_IsCountedAndDropped) {
  EXPECT_FALSE(rig.server().resume({.slot = 5, .generation = 1}, http::Verdict::kContinue));
  rig.send(kGet);
  EXPECT_FALSE(rig.server().resume({.slot = 0, .generation = 1}, http::Verdict::kContinue));
  EXPECT_EQ(rig.counted(Counter::kExchangeLateReplies), 2u);
  EXPECT_EQ(rig.server().active(), 1u);
}

}  // namespace
}  // namespace sluice::exchange::test
