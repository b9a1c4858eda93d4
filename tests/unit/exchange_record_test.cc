#include <gtest/gtest.h>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

using RecordTest = ExchangeTest;

TEST_F(RecordTest, ProxiedRequest_LeavesTwoRecordsThatItsIdJoins) {
  Peer& client = rig.send("POST /p/q?secret=1 HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 3\r\n\r\nabc");
  rig.advance(Duration::milliseconds(20));
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
  rig.run();
  rig.advance(Duration::milliseconds(30));
  rig.origins[0].send("67890");
  rig.run();
  const auto response = take_message(client.received());

  const EdgeRecord edge = rig.edge_record();
  const GatewayRecord gateway = rig.gateway_record();
  EXPECT_EQ(std::string(edge.header.request_id.data(), 32), response->header("X-Kong-Request-Id"));
  EXPECT_EQ(edge.header.request_id, gateway.header.request_id);
  EXPECT_EQ(edge.header.sequence, 1u);
  EXPECT_EQ(edge.header.policy_generation, 1u);
  EXPECT_EQ(edge.header.started, TestWorker::kWallStart);
  EXPECT_EQ(edge.peer, (Endpoint{IpAddress::v4(0xC6120002), Port{50000}}));
  EXPECT_EQ(edge.local, (Endpoint{IpAddress::v4(0xC6120001), Port{80}}));
  EXPECT_EQ(edge.method.view(), "POST");
  EXPECT_EQ(edge.host.view(), "shop.example");
  EXPECT_EQ(edge.path.view(), "/p/q");
  EXPECT_EQ(edge.status, 200);
  EXPECT_EQ(edge.answered_by, AnsweredBy::kOrigin);
  EXPECT_EQ(edge.ending, Ending::kComplete);
  EXPECT_FALSE(edge.failure.failed);
  EXPECT_EQ(edge.request_body_bytes, 3u);
  EXPECT_EQ(edge.response_body_bytes, 10u);
  EXPECT_EQ(edge.upstream_time, Duration::milliseconds(50));
  EXPECT_EQ(edge.total_time, Duration::milliseconds(50));

  EXPECT_EQ(gateway.service_name.view(), "origin");
  EXPECT_EQ(gateway.route_name.view(), "all");
  EXPECT_EQ(gateway.upstream_path.view(), "/p/q");
  EXPECT_EQ(gateway.origin, (Endpoint{IpAddress::v4(0xC6120101), Port{8080}}));
  EXPECT_EQ(gateway.tries, 1);
  EXPECT_EQ(gateway.origin_status, 200);
  EXPECT_EQ(gateway.first_byte_time, Duration::milliseconds(20));
}

TEST_F(RecordTest, RewrittenRequest_IsLoggedAsItCame) {
  policy::EdgeRule rule;
  rule.name = "move";
  rule.rewrite = policy::Rewrite();
  rule.rewrite->path_prefix = policy::PrefixRewrite{.from = "/old", .to = "/new"};
  rig.policy.edge.rules = {rule};
  rig.reload();
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  rig.send("GET /old/x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(rig.edge_record().path.view(), "/old/x");
  EXPECT_EQ(rig.gateway_record().path.view(), "/new/x");
}

TEST_F(RecordTest, LongTexts_AreCutAndSayHowLongTheyWere) {
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  const std::string path = "/" + std::string(999, 'p');
  rig.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
  const EdgeRecord record = rig.edge_record();
  EXPECT_EQ(record.path.view(), path.substr(0, 256));
  EXPECT_TRUE(record.path.truncated());
  EXPECT_EQ(record.path.full_size(), 1000u);
}

TEST_F(RecordTest, Latencies_CountEachRequestOnceWhereItWas) {
  rig.add_plugin(policy::RequestTerminationConfig{.trigger = "X-Stop"});
  rig.reload();
  rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.send("GET / HTTP/1.1\r\nHost: a\r\nX-Stop: 1\r\n\r\n");
  const auto count = [](const Histogram& histogram) {
    uint64_t sum = 0;
    for (size_t i = 0; i < Histogram::kBuckets; ++i) sum += histogram.bucket(i);
    return sum;
  };
  const Latencies& latencies = rig.server().latencies();
  EXPECT_EQ(count(latencies.edge), 2u);
  EXPECT_EQ(count(latencies.gateway), 2u);
  EXPECT_EQ(count(latencies.upstream), 1u);
  EXPECT_EQ(count(latencies.total), 2u);
}

TEST(RequestIds, AreHexAndDiffer) {
  Random random(1);
  const RequestId a = make_request_id(random);
  const RequestId b = make_request_id(random);
  EXPECT_NE(a, b);
  for (char c : a) EXPECT_TRUE((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
}

}  // namespace
}  // namespace sluice::exchange::test
