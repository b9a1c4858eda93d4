// What control writes for machines to read: log lines, Prometheus text, Kong's refusals.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "admin/kong_errors.h"
#include "logs/json_line.h"
#include "logs/record_json.h"
#include "metrics/prometheus.h"

namespace sluice::control {
namespace {

using nlohmann::json;

EdgeRecord edge_record() {
  EdgeRecord record;
  record.header.sequence = 7;
  record.header.request_id.fill('a');
  record.header.started = WallTime{1'700'000'000'123'456'789};
  record.peer = {IpAddress::v4(0xC6120002), Port{4000}};
  record.local = {*IpAddress::parse("2001:db8::1"), Port{443}};
  record.method.assign("GET");
  record.path.assign("/a");
  record.status = 200;
  record.answered_by = AnsweredBy::kOrigin;
  return record;
}

template <typename Record>
json line_of(const Record& record) {
  std::string out;
  append_json(out, record);
  EXPECT_EQ(out.back(), '\n');
  EXPECT_EQ(out.find('\n'), out.size() - 1);
  return json::parse(out);
}

TEST(RecordJson, EdgeLine_NamesWhoWhenAndWhat) {
  const json line = line_of(edge_record());
  EXPECT_EQ(line["time"], "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(line["sequence"], 7);
  EXPECT_EQ(line["peer"], "198.18.0.2:4000");
  EXPECT_EQ(line["local"], "[2001:db8::1]:443");
  EXPECT_EQ(line["answered_by"], "origin");
  EXPECT_EQ(line["token"], nullptr);
  EXPECT_FALSE(line.contains("failure"));
}

TEST(RecordJson, BytesThatAreNotUtf8_AreReplacedAndTheLineStaysValid) {
  EdgeRecord record = edge_record();
  record.path.assign("/\xff\xfe\"\n\\");
  EXPECT_NE(line_of(record)["path"].get<std::string>().find("\"\n\\"), std::string::npos);
}

TEST(RecordJson, CutText_TellsItsFullLength) {
  EdgeRecord record = edge_record();
  record.path.assign(std::string(1000, 'x'));
  const json line = line_of(record);
  EXPECT_EQ(line["path"].get<std::string>().size(), 256u);
  EXPECT_EQ(line["path_bytes"], 1000);
}

TEST(RecordJson, Failure_NamesItsCounterAndSide) {
  EdgeRecord record = edge_record();
  record.failure = {true, Counter::kInternalError, Side::kOrigin};
  const json line = line_of(record);
  EXPECT_EQ(line["failure"]["reason"], "internal_errors_total");
  EXPECT_EQ(line["failure"]["side"], "origin");
}

TEST(RecordJson, GatewayLineWithoutRoute_HasNulls) {
  GatewayRecord record;
  const json line = line_of(record);
  EXPECT_TRUE(line["route"].is_null());
  EXPECT_TRUE(line["origin"].is_null());
}

TEST(RecordJson, GatewayLine_NamesRouteByIdAndName) {
  GatewayRecord record;
  record.route_id = {0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4, 5, 6, 7, 8};
  record.route_name.assign("r");
  const json line = line_of(record);
  EXPECT_EQ(line["route"]["id"], "12345678-9abc-def0-0102-030405060708");
  EXPECT_EQ(line["route"]["name"], "r");
}

struct OneWorker {
  std::unique_ptr<Counters> counters = std::make_unique<Counters>();
  std::unique_ptr<Latencies> latencies = std::make_unique<Latencies>();
  std::string text(const std::vector<Gauge>& gauges = {}) const {
    return prometheus_text({{counters.get(), latencies.get()}}, gauges);
  }
};

TEST(PrometheusText, CounterWithLabels_KeepsThemAndNamesItsWorker) {
  OneWorker worker;
  worker.counters->add(Counter::kPortTxFull, 3);
  EXPECT_NE(worker.text().find("sluice_drops_total{room=\"port\",reason=\"transmit_ring_full\",worker=\"0\"} 3"),
            std::string::npos);
}

TEST(PrometheusText, Histogram_CountsCumulatively) {
  OneWorker worker;
  worker.latencies->total.record(Duration::microseconds(40));
  worker.latencies->total.record(Duration::milliseconds(3));
  const std::string text = worker.text();
  EXPECT_NE(text.find("sluice_request_seconds_bucket{stage=\"total\",worker=\"0\",le=\"5e-05\"} 1"), std::string::npos);
  EXPECT_NE(text.find("sluice_request_seconds_bucket{stage=\"total\",worker=\"0\",le=\"0.01\"} 2"), std::string::npos);
  EXPECT_NE(text.find("sluice_request_seconds_count{stage=\"total\",worker=\"0\"} 2"), std::string::npos);
}

TEST(PrometheusText, Gauge_IsThereWithItsLabels) {
  EXPECT_NE(OneWorker()
                .text({{"policy_info", "help", 1, {{"fingerprint", "ab"}}}})
                .find("sluice_policy_info{fingerprint=\"ab\"} 1"),
            std::string::npos);
}

PublishOutcome refused_route() {
  PublishOutcome outcome;
  outcome.file = "p.yaml";
  config::Diagnostic mistake;
  mistake.entity.type = "route";
  mistake.entity.name = "r";
  mistake.entity.path = "services[0].routes[0]";
  mistake.field = "paths[0]";
  mistake.message = "should start with: /";
  outcome.diagnostics.error(mistake);
  outcome.report = config::kong_report(outcome.diagnostics.errors(), "services: [{routes: [{name: r, paths: [a]}]}]");
  return outcome;
}

TEST(KongErrors, Flattened_CountsFromOneAndGroupsByEntity) {
  const json body = refusal_json(refused_route(), true);
  EXPECT_EQ(body["code"], 14);
  ASSERT_EQ(body["flattened_errors"].size(), 1u);
  const json& entity = body["flattened_errors"][0];
  EXPECT_EQ(entity["entity_type"], "route");
  EXPECT_EQ(entity["entity_name"], "r");
  EXPECT_EQ(entity["errors"][0]["field"], "paths.1");
  EXPECT_TRUE(body["fields"].empty());
}

TEST(KongErrors, NotFlattened_NamesTheFieldWhereItStands) {
  const json body = refusal_json(refused_route(), false);
  EXPECT_EQ(body["fields"]["services"][0]["routes"][0]["paths"][0], "should start with: /");
  EXPECT_EQ(body["message"],
            "declarative config is invalid: {services={{routes={{paths={\"should start with: /\"}}}}}}");
  EXPECT_FALSE(body.contains("flattened_errors"));
}

TEST(KongErrors, RefusalWithoutALine_IsTold) {
  PublishOutcome outcome;
  outcome.refusal = "8 earlier policies are still used";
  EXPECT_EQ(error_lines(outcome), std::vector<std::string>{"8 earlier policies are still used"});
}

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

TEST(JsonLine, Escapes_AreThoseOfTheRfc) {
  EXPECT_EQ(escaped("a\"b\\c/\n\x01\x7f"), "a\\\"b\\\\c/\\u000a\\u0001\x7f");
}

TEST(JsonLine, Utf8_StaysAndWhatIsNoneBecomesTheReplacement) {
  EXPECT_EQ(escaped("\u00e9\u20ac\U0001F600"), "\u00e9\u20ac\U0001F600");
  for (const std::string_view bad :
       {"\x80", "\xc1\x81", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5", "\xe2\x82"}) {
    EXPECT_EQ(escaped(bad).substr(0, 3), "\xEF\xBF\xBD") << json(escaped(bad)).dump(-1, ' ', true);
    EXPECT_TRUE(json::accept("\"" + escaped(bad) + "\""));
  }
}

TEST(JsonLine, MembersOfEveryKind_AreOneObjectOnALine) {
  std::string out;
  {
    JsonLine line(out);
    line.number("n", 18446744073709551615u);
    line.thousandths("t", 1002);
    line.null("z");
    line.begin("o");
    line.uuid("id", std::array<uint8_t, 16>{0x12, 0x34});
    line.end();
    line.text("s", "x");
  }
  EXPECT_EQ(
      out,
      "{\"n\":18446744073709551615,\"t\":1.002,\"z\":null,\"o\":{\"id\":\"12340000-0000-0000-0000-000000000000\"},"
      "\"s\":\"x\"}\n");
}

}  // namespace
}  // namespace sluice::control
