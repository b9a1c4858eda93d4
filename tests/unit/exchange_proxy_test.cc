#include <gtest/gtest.h>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

using ProxyTest = ExchangeTest;

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

std::string with_length(std::string_view start, std::string_view body) {
  return std::string(start) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string in_chunks(std::string_view start, std::string_view body, size_t chunk) {
  std::string text = std::string(start) + "Transfer-Encoding: chunked\r\n\r\n";
  char size[20];
  for (size_t at = 0; at < body.size(); at += chunk) {
    const std::string_view piece = body.substr(at, chunk);
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    text += size + std::string(piece) + "\r\n";
  }
  return text + "0\r\n\r\n";
}

TEST_F(ProxyTest, Get_GoesToTheOriginAndBack) {
  Peer& client = rig.send("GET /a/b?x=1 HTTP/1.1\r\nHost: shop.example\r\nX-Mine: 1\r\n\r\n");
  ASSERT_EQ(rig.origins.connections(), 1u);
  EXPECT_EQ(rig.origins.endpoint(0), (Endpoint{IpAddress::v4(0xC6120101), Port{8080}}));
  const auto request = take_message(rig.origins[0].received());
  ASSERT_TRUE(request);
  EXPECT_EQ(request->start_line, "GET /a/b?x=1 HTTP/1.1");
  EXPECT_EQ(request->headers[0], (std::pair<std::string, std::string>("Host", "198.18.1.1:8080")));
  EXPECT_EQ(request->header("X-Mine"), "1");
  EXPECT_EQ(request->header("X-Forwarded-For"), "198.18.0.2");
  EXPECT_EQ(request->header("X-Kong-Request-Id").size(), 32u);

  rig.origins[0].send("HTTP/1.1 201 Made\r\nContent-Length: 5\r\nX-Theirs: 2\r\n\r\nhello");
  rig.run();
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->start_line, "HTTP/1.1 201 Made");
  EXPECT_EQ(response->header("X-Theirs"), "2");
  EXPECT_EQ(response->header("Via"), "1.1 sluice/test");
  EXPECT_EQ(response->header("X-Kong-Request-Id"), request->header("X-Kong-Request-Id"));
  EXPECT_EQ(response->body, "hello");
}

TEST_F(ProxyTest, ConnectionHeader_CannotTakeAwayWhatTheEdgeSets) {
  policy::EdgeRule rule;
  rule.name = "identity";
  rule.enrich = {{.header = "X-Edge-Subject", .from = policy::EnrichFrom::kFixed, .value = "alice"}};
  rig.policy.edge.schema.headers = {{.name = "X-Edge-Subject"}};
  rig.policy.edge.rules = {rule};
  rig.reload();
  rig.send(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Edge-Subject, X-Private\r\nX-Edge-Subject: mallory\r\n"
      "X-Private: 1\r\n\r\n");
  const auto request = take_message(rig.origins[0].received());
  EXPECT_EQ(request->header("X-Edge-Subject"), "alice");
  EXPECT_FALSE(request->has("X-Private"));
}

TEST_F(ProxyTest, KeepAlive_ServesTheNextRequestOnBothConnections) {
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  Peer& client = rig.connect();
  for (int i = 0; i < 3; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    rig.run();
    EXPECT_EQ(take_message(client.received())->body, "ok");
  }
  EXPECT_EQ(rig.origins.connections(), 1u);
}

TEST_F(ProxyTest, PipelinedRequests_AreAnsweredInTheirOrder) {
  rig.origins.answer_all(
      [](const HttpMessage& request) { return with_length("HTTP/1.1 200 OK\r\n", request.start_line); });
  Peer& client = rig.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
      "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(take_message(client.received())->body, "GET /1 HTTP/1.1");
  EXPECT_EQ(take_message(client.received())->body, "POST /2 HTTP/1.1");
  EXPECT_EQ(take_message(client.received())->body, "GET /3 HTTP/1.1");
  EXPECT_EQ(rig.edge_records().size(), 3u);
}

struct BodyCase {
  size_t size;
  size_t window_bytes;
  bool chunked;
};

class BodyTest : public ::testing::TestWithParam<BodyCase> {};

TEST_P(BodyTest, Request_ArrivesUnharmed) {
  const auto [size, window, chunked] = GetParam();
  Rig rig({.window_bytes = window});
  rig.reload();
  const std::string body = pattern(size);
  std::string seen;
  rig.origins.answer_all([&](const HttpMessage& request) {
    seen = request.body;
    return std::string(kOk);
  });
  const std::string start = "PUT / HTTP/1.1\r\nHost: a\r\n";
  Peer& client = rig.send(chunked ? in_chunks(start, body, 1000) : with_length(start, body));
  EXPECT_EQ(seen.size(), size);
  EXPECT_TRUE(seen == body);
  EXPECT_EQ(take_message(client.received())->status(), 200);
  EXPECT_EQ(rig.edge_record().request_body_bytes, size);
}

TEST_P(BodyTest, Response_ArrivesUnharmed) {
  const auto [size, window, chunked] = GetParam();
  Rig rig({.window_bytes = window});
  rig.reload();
  const std::string body = pattern(size);
  const std::string start = "HTTP/1.1 200 OK\r\n";
  const std::string answer = chunked ? in_chunks(start, body, 1000) : with_length(start, body);
  rig.origins.answer_all([&](const HttpMessage&) { return answer; });
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->body == body);
  EXPECT_EQ(rig.edge_record().response_body_bytes, size);
  EXPECT_EQ(rig.origins.connections(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Sizes, BodyTest,
                         ::testing::Values(BodyCase{0, 65536, false}, BodyCase{0, 65536, true},
                                           BodyCase{1, 65536, false}, BodyCase{1, 65536, true},
                                           BodyCase{5000, 100, false}, BodyCase{5000, 100, true},
                                           BodyCase{65536, 1, false}, BodyCase{65537, 4096, true},
                                           BodyCase{1 << 20, 3000, false}, BodyCase{1 << 20, 3000, true},
                                           BodyCase{1 << 20, 65536, false}, BodyCase{1 << 20, 65536, true}),
                         [](const auto& info) {
                           return std::to_string(info.param.size) + "BytesWindow" +
                                  std::to_string(info.param.window_bytes) + (info.param.chunked ? "Chunked" : "Length");
                         });

TEST_F(ProxyTest, SlowReader_HoldsBackTheOriginAndCostsOneWindow) {
  const std::string body = pattern(1 << 20);
  Peer& client = rig.connect();
  client.stop_reading();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.run();
  rig.origins[0].send(with_length("HTTP/1.1 200 OK\r\n", body));
  rig.run();
  EXPECT_GT(rig.origins[0].unsent(), body.size() - 3 * 65536);
  client.read_again();
  rig.run();
  EXPECT_TRUE(take_message(client.received())->body == body);
}

TEST_F(ProxyTest, SlowOrigin_HoldsBackTheClient) {
  const std::string body = pattern(1 << 20);
  Peer& client = rig.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n");
  rig.origins[0].stop_reading();
  client.send(body);
  rig.run();
  EXPECT_GT(client.unsent(), body.size() - 3 * 65536);
  rig.origins[0].read_again();
  rig.run();
  EXPECT_TRUE(take_message(rig.origins[0].received())->body == body);
}

TEST_F(ProxyTest, ResponseUntilClose_BecomesChunked) {
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\n\r\npayload");
  rig.origins[0].end();
  rig.run();
  const auto response = take_message(client.received());
  ASSERT_TRUE(response);
  EXPECT_EQ(response->header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(response->body, "payload");
  EXPECT_EQ(rig.edge_record().ending, Ending::kComplete);
}

TEST_F(ProxyTest, Head_HasTheLengthAndNoBody) {
  Peer& client = rig.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n");
  rig.run();
  const auto response = take_message(client.received(), Body::kNone);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->header("Content-Length"), "11");
  EXPECT_EQ(client.received(), "");
  EXPECT_EQ(rig.server().active(), 0u);
}

TEST_F(ProxyTest, NoContentAndNotModified_HaveNoBody) {
  for (const std::string status : {"204 No Content", "304 Not Modified"}) {
    Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    rig.origins.last().send("HTTP/1.1 " + status + "\r\nETag: \"1\"\r\n\r\n");
    rig.run();
    EXPECT_EQ(take_message(client.received(), Body::kNone)->start_line, "HTTP/1.1 " + status);
    EXPECT_EQ(client.received(), "");
    EXPECT_EQ(rig.server().active(), 0u);
  }
}

TEST_F(ProxyTest, EarlyHints_ArePassedOnWithoutHopByHopFields) {
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nConnection: X-Inner\r\nX-Inner: 1\r\n\r\n" +
                      std::string(kOk));
  rig.run();
  const auto hints = take_message(client.received(), Body::kNone);
  EXPECT_EQ(hints->status(), 103);
  EXPECT_EQ(hints->header("Link"), "</x>");
  EXPECT_FALSE(hints->has("X-Inner"));
  EXPECT_EQ(take_message(client.received())->status(), 200);
}

TEST_F(ProxyTest, ExpectContinue_IsAnsweredHereAndNotPassedOn) {
  Peer& client = rig.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(take_message(client.received(), Body::kNone)->status(), 100);
  client.send("hi");
  rig.run();
  const auto request = take_message(rig.origins[0].received());
  EXPECT_FALSE(request->has("Expect"));
  EXPECT_EQ(request->body, "hi");
  rig.origins[0].send("HTTP/1.1 100 Continue\r\n\r\n" + std::string(kOk));
  rig.run();
  EXPECT_EQ(take_message(client.received())->status(), 200);
}

TEST_F(ProxyTest, Trailers_PassBothWays) {
  Peer& client = rig.send(
      "PUT / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n");
  EXPECT_NE(rig.origins[0].received().find("0\r\nX-Sum: 7\r\n\r\n"), std::string::npos);
  rig.origins[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-End: 8\r\n\r\n");
  rig.run();
  EXPECT_NE(client.received().find("0\r\nX-End: 8\r\n\r\n"), std::string::npos);
}

// RFC 9110 6.5.1: a client that has not said that it wants them may be none the wiser, and merge what it must not.
TEST_F(ProxyTest, TrailersOfAnAnswer_GoToClientsThatAskForThem) {
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-End: 8\r\n\r\n");
  rig.run();
  EXPECT_TRUE(client.received().ends_with("0\r\n\r\n"));
}

// Whether it asks is the client's to say, not a plugin's.
TEST_F(ProxyTest, TrailersOfAnAnswer_AreNotAskedForByAPlugin) {
  policy::RequestTransformerConfig adds;
  adds.add.headers = {{.name = "TE", .value = "trailers"}};
  rig.add_plugin(adds);
  rig.reload();
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-End: 8\r\n\r\n");
  rig.run();
  EXPECT_TRUE(client.received().ends_with("0\r\n\r\n")) << client.received();
}

// What no client may say in its head it may not say behind its body.
TEST_F(ProxyTest, TrailersOfARequest_CannotSayWhatTheStagesSay) {
  rig.policy.edge.schema.headers = {{.name = "X-Edge-Subject"}};
  rig.reload();
  const std::string body = "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n";
  rig.send("PUT / HTTP/1.1\r\nHost: a\r\n" + body +
           "X-Real-IP: 6.6.6.6\r\nx-forwarded-for: 6.6.6.6\r\nX-Consumer-Username: admin\r\nx-edge_subject: mallory\r\n"
           "X-Kong-Request-Id: 1\r\nX_Real_IP: 6.6.6.6\r\nX_Consumer_ID: 1\r\nx-credential_sub: 1\r\n"
           "X_Forwarded_For: 6.6.6.6\r\nIf_None_Match: 1\r\nX-Sum: 7\r\n\r\n");
  EXPECT_TRUE(rig.origins.last().received().ends_with("\r\n0\r\nX-Sum: 7\r\n\r\n")) << rig.origins.last().received();
  rig.send("PUT / HTTP/1.1\r\nHost: a\r\nConnection: X-Sum\r\n" + body + "X-Sum: 7\r\n\r\n");
  EXPECT_TRUE(rig.origins.last().received().ends_with("\r\n0\r\n\r\n")) << rig.origins.last().received();
}

// To an origin behind CGI the one spelling is the other.
TEST_F(ProxyTest, TrailersOfARequest_CannotSayWhatItsHeadSaysInAnotherSpelling) {
  rig.send(
      "PUT / HTTP/1.1\r\nHost: a\r\nX-User-Role: reader\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
      "X_User_Role: admin\r\nX-Sum: 7\r\n\r\n");
  EXPECT_TRUE(rig.origins.last().received().ends_with("\r\n0\r\nX-Sum: 7\r\n\r\n")) << rig.origins.last().received();
}

TEST_F(ProxyTest, TrailersOfARequest_CannotSayWhatAStageTakesAway) {
  policy::EdgeRule rule;
  rule.name = "strip";
  rule.strip = {"X-Debug"};
  rig.policy.edge.rules = {rule};
  policy::RequestTransformerConfig transform;
  transform.remove.headers = {"X-Admin"};
  transform.rename.headers = {{.name = "X-Old", .value = "X-New"}};
  rig.add_plugin(transform);
  rig.reload();
  rig.send(
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
      "X-Admin: 1\r\nx_admin: 1\r\nX-Old: 1\r\nX-Debug: 1\r\nX-Sum: 7\r\n\r\n");
  EXPECT_TRUE(rig.origins.last().received().ends_with("\r\n0\r\nX-Sum: 7\r\n\r\n")) << rig.origins.last().received();
}

TEST_F(ProxyTest, AnswerBeforeTheWholeBody_ReachesTheClientWhichMayGoOn) {
  Peer& client = rig.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  rig.origins[0].send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
  rig.run();
  EXPECT_EQ(take_message(client.received())->status(), 403);
  client.send("defghijGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.run();
  EXPECT_EQ(rig.origins.connections(), 2u);
  rig.origins[1].send(kOk);
  rig.run();
  EXPECT_EQ(take_message(client.received())->status(), 200);
}

TEST_F(ProxyTest, ConnectionClose_EndsTheClientsConnectionOnly) {
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(take_message(client.received())->header("Connection"), "close");
  EXPECT_TRUE(client.ended());
  rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(rig.origins.connections(), 1u);
}

TEST_F(ProxyTest, TwoClients_AreServedAtOnce) {
  Peer& first = rig.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  Peer& second = rig.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(rig.server().active(), 2u);
  rig.origins[1].send(kOk);
  rig.run();
  EXPECT_TRUE(take_message(second.received()));
  EXPECT_FALSE(take_message(first.received()));
  rig.origins[0].send(kOk);
  rig.run();
  EXPECT_TRUE(take_message(first.received()));
}

}  // namespace
}  // namespace sluice::exchange::test
