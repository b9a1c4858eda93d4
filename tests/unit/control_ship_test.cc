#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <sstream>

#include "ship/access_json.h"
#include "ship/batch_queue.h"
#include "ship/file_sink.h"
#include "ship/http_sink.h"
#include "ship/kong_metrics.h"
#include "ship/otlp.h"

namespace {

// Holds the lookups of names in .hanging until the test lets them go, or they have held it up for too long.
std::binary_semaphore let_go(0);
std::atomic<bool> held_up{false};

}  // namespace

// In libc's place, for libcurl too.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  if (name != nullptr && std::strstr(name, ".hanging") != nullptr) {
    if (!let_go.try_acquire_for(std::chrono::seconds(5))) held_up = true;
    return EAI_AGAIN;
  }
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, result);
}

namespace sluice::control {
namespace {

using nlohmann::json;

constexpr Instant kStart{Duration::seconds(100).ns};

policy::LogQueue queue_of(uint32_t batch) {
  policy::LogQueue settings;
  settings.max_batch_size = batch;
  settings.max_coalescing_delay = Duration::seconds(1);
  settings.initial_retry_delay = Duration::milliseconds(100);
  settings.max_retry_delay = Duration::milliseconds(300);
  settings.max_retry_time = Duration::seconds(1);
  return settings;
}

TEST(BatchQueue, FullBatch_IsDueAtOnce) {
  BatchQueue queue(queue_of(2));
  queue.push("a", kStart);
  EXPECT_EQ(queue.try_take(kStart), nullptr);
  queue.push("b", kStart);
  queue.push("c", kStart);
  const auto* batch = queue.try_take(kStart);
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(*batch, (std::vector<std::string>{"a", "b"}));
}

TEST(BatchQueue, PartialBatch_IsDueWhenItsFirstRecordHasWaited) {
  BatchQueue queue(queue_of(10));
  queue.push("a", kStart);
  EXPECT_EQ(queue.try_take(kStart + Duration::milliseconds(999)), nullptr);
  EXPECT_NE(queue.try_take(kStart + Duration::seconds(1)), nullptr);
}

TEST(BatchQueue, BatchThatIsBeingSent_HoldsTheNextBack) {
  BatchQueue queue(queue_of(1));
  queue.push("a", kStart);
  queue.push("b", kStart);
  ASSERT_NE(queue.try_take(kStart), nullptr);
  EXPECT_EQ(queue.try_take(kStart), nullptr);
  queue.sent();
  EXPECT_EQ(queue.try_take(kStart)->front(), "b");
  EXPECT_EQ(queue.sent_records(), 1u);
}

TEST(BatchQueue, Failure_IsTriedAgainEverLater) {
  BatchQueue queue(queue_of(1));
  queue.push("a", kStart);
  Instant now = kStart;
  for (const int delay_ms : {100, 200, 300, 300}) {
    ASSERT_NE(queue.try_take(now), nullptr);
    queue.failed(now);
    EXPECT_EQ(queue.try_take(now + Duration::milliseconds(delay_ms - 1)), nullptr);
    now = now + Duration::milliseconds(delay_ms);
  }
}

TEST(BatchQueue, BatchThatFailsTooLong_IsLostAndCounted) {
  BatchQueue queue(queue_of(2));
  queue.push("a", kStart);
  queue.push("b", kStart);
  for (Instant now = kStart; !queue.empty(); now = now + Duration::milliseconds(50)) {
    if (queue.try_take(now) != nullptr) queue.failed(now);
  }
  EXPECT_EQ(queue.lost_records(), 2u);
}

TEST(BatchQueue, TooManyRecords_LoseTheOldest) {
  policy::LogQueue settings = queue_of(10);
  settings.max_entries = 2;
  BatchQueue queue(settings);
  for (const char* text : {"a", "b", "c"}) queue.push(text, kStart);
  EXPECT_EQ(queue.lost_records(), 1u);
  EXPECT_EQ(*queue.try_take(kStart + Duration::seconds(1)), (std::vector<std::string>{"b", "c"}));
}

TEST(BatchQueue, TooManyBytes_LoseTheOldest) {
  policy::LogQueue settings = queue_of(10);
  settings.max_bytes = 5;
  BatchQueue queue(settings);
  for (const char* text : {"abc", "def"}) queue.push(text, kStart);
  EXPECT_EQ(queue.lost_records(), 1u);
  EXPECT_EQ(queue.waiting(), 1u);
}

TEST(BatchQueue, Hurry_WaitsForNothing) {
  BatchQueue queue(queue_of(10));
  queue.push("a", kStart);
  queue.hurry();
  EXPECT_NE(queue.try_take(kStart), nullptr);
}

class FileSinkTest : public ::testing::Test {
 protected:
  FileSinkTest() {
    char path[] = "/tmp/sluice-file-sink-XXXXXX";
    EXPECT_NE(mkdtemp(path), nullptr);
    folder_ = path;
    config_.path = folder_ + "/log";
  }
  ~FileSinkTest() override { std::filesystem::remove_all(folder_); }

  static std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  std::string folder_;
  policy::FileLogConfig config_;
};

TEST_F(FileSinkTest, MovedFile_IsLeftAlonePastTheReopening) {
  FileSink sink(config_);
  sink.push("a", 200, kStart);
  sink.poll(kStart);
  std::filesystem::rename(config_.path, config_.path + ".1");
  sink.reopen();
  sink.push("b", 200, kStart);
  sink.poll(kStart);
  EXPECT_EQ(text_of(config_.path + ".1"), "a\n");
  EXPECT_EQ(text_of(config_.path), "b\n");
}

TEST_F(FileSinkTest, PipeWithoutAReader_IsNotWaitedForAndLosesRecords) {
  ASSERT_EQ(mkfifo(config_.path.c_str(), 0600), 0);
  FileSink sink(config_);
  sink.push("a", 200, kStart);
  for (Instant now = kStart; !sink.queue().empty(); now = now + Duration::seconds(1)) sink.poll(now);
  EXPECT_EQ(sink.queue().lost_records(), 1u);
}

// A pipe holds 64 KiB.
TEST_F(FileSinkTest, SlowReaderOfAPipe_GetsEveryLineOnce) {
  ASSERT_EQ(mkfifo(config_.path.c_str(), 0600), 0);
  const int reader = open(config_.path.c_str(), O_RDONLY | O_NONBLOCK);
  FileSink sink(config_);
  std::string expected;
  for (char c = 'a'; c < 'k'; ++c) {
    sink.push(std::string(30'000, c), 200, kStart);
    expected += std::string(30'000, c) + "\n";
  }
  std::string got;
  std::string bytes(1 << 20, '\0');
  for (Instant now = kStart; !sink.queue().empty(); now = now + Duration::seconds(4)) {
    sink.poll(now);
    const ssize_t n = read(reader, bytes.data(), bytes.size());
    if (n > 0) got.append(bytes, 0, static_cast<size_t>(n));
  }
  EXPECT_EQ(got, expected);
  EXPECT_EQ(sink.queue().lost_records(), 0u);
  close(reader);
}

TEST_F(FileSinkTest, PipeThatNobodyEmpties_LosesRecords) {
  ASSERT_EQ(mkfifo(config_.path.c_str(), 0600), 0);
  const int reader = open(config_.path.c_str(), O_RDONLY | O_NONBLOCK);
  FileSink sink(config_);
  sink.push(std::string(100'000, 'x'), 200, kStart);
  for (Instant now = kStart; !sink.queue().empty(); now = now + Duration::seconds(1)) sink.poll(now);
  EXPECT_EQ(sink.queue().lost_records(), 1u);
  close(reader);
}

TEST(Sink, TimeoutOfNothing_IsTheOneOfKongsSockets) {
  EXPECT_EQ(patience(Duration()), Duration::seconds(60));
  EXPECT_EQ(patience(Duration::milliseconds(5)), Duration::milliseconds(5));
}

TEST(HttpSink, NameWhoseLookupHangs_CostsNoMoreThanTheTimeout) {
  Transfers transfers;
  policy::LogQueue queue;
  queue.max_retry_time = {};
  {
    HttpSink sink({.url = "http://sink.hanging/",
                   .method = "POST",
                   .headers = {},
                   .timeout = Duration::milliseconds(20),
                   .connect_timeout = Duration::milliseconds(20),
                   .keepalive = Duration::seconds(1),
                   .body_of = [](const auto& batch) { return batch.front(); }},
                  queue, transfers);
    sink.push("a", 200, kStart);
    sink.queue().hurry();
    sink.poll(kStart);
    while (!sink.queue().empty()) transfers.poll(Duration::milliseconds(10));
    EXPECT_EQ(sink.queue().lost_records(), 1u);
  }
  EXPECT_FALSE(held_up);
  let_go.release();
}

// A request of "ann" to route "r" of service "s", answered 200 by an origin after 30 ms.
class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    policy::Service service;
    service.id = policy::Uuid(std::array<uint8_t, 16>{1});
    service.name = "s";
    service.host = "origin.example";
    policy_.services = {service};
    policy::Route route;
    route.id = policy::Uuid(std::array<uint8_t, 16>{2});
    route.name = "r";
    route.service = policy::Ref<policy::Service>{0};
    policy_.routes = {route};
    policy::Consumer consumer;
    consumer.id = policy::Uuid(std::array<uint8_t, 16>{3});
    consumer.username = "ann";
    policy_.consumers = {consumer};

    record_.route = record_.service = record_.consumer = 0;
    record_.client_address = IpAddress::v4(0xC0000207);
    record_.local_port = Port{8000};
    record_.status = record_.origin_status = 200;
    record_.answered_by = AnsweredBy::kOrigin;
    record_.tries = record_.kept_tries = 1;
    record_.try_list[0] = {.origin = {IpAddress::v4(0xC6120102), Port{8081}},
                           .begun = Duration::milliseconds(3),
                           .choosing_time = Duration::microseconds(20),
                           .status = 200};
    record_.request_bytes = 100;
    record_.response_bytes = 300;
    record_.total_time = Duration::milliseconds(33);
    record_.proxied = true;
    record_.own_time = Duration::milliseconds(3);
    record_.waiting_time = Duration::milliseconds(20);
    record_.receive_time = Duration::milliseconds(10);
    record_.header.started = WallTime{Duration::seconds(1'700'000'000).ns};
    record_.header.request_id.fill('a');
  }

  void texts(std::vector<std::string_view> all) {
    for (const std::string_view text : all) record_.texts.add(text);
  }
  json log() {
    AccessJson printer(policy_, WallTime{});
    return json::parse(to_line(printer.object(AccessFacts(record_, policy_))));
  }

  policy::Policy policy_;
  AccessRecord record_;
};

TEST_F(AccessTest, Json_TellsWhatKongsObjectTells) {
  texts({"GET", "GW.example.:81", "/a?x=1", "/base/a?x=1", "cid", "Host", "gw.example", "X-Two", "1", "x-two", "2",
         "Via", "1.1 v"});
  record_.request_headers = 3;
  record_.response_headers = 1;
  const json line = log();
  EXPECT_EQ(line["request"]["url"], "http://gw.example:8000/a?x=1");
  EXPECT_EQ(line["request"]["querystring"], (json{{"x", "1"}}));
  EXPECT_EQ(line["request"]["headers"], (json{{"host", "gw.example"}, {"x-two", {"1", "2"}}}));
  EXPECT_EQ(line["response"]["headers"], (json{{"via", "1.1 v"}}));
  EXPECT_EQ(line["latencies"], (json{{"request", 33}, {"proxy", 20}, {"receive", 10}, {"kong", 3}}));
  EXPECT_EQ(line["tries"], (json::array({{{"ip", "198.18.1.2"},
                                          {"port", 8081},
                                          {"balancer_start", 1'700'000'000'003},
                                          {"balancer_start_ns", 1'700'000'000'003'000'000},
                                          {"balancer_latency", 0},
                                          {"balancer_latency_ns", 20'000}}})));
  EXPECT_EQ(line["upstream_status"], "200");
  EXPECT_EQ(line["correlation_id"], "cid");
  EXPECT_EQ(line["route"]["ws_id"], line["workspace"]);
  EXPECT_EQ(line["source"], "upstream");
  EXPECT_EQ(line["upstream_uri"], "/base/a?x=1");
  EXPECT_EQ(line["route"]["name"], "r");
  EXPECT_EQ(line["service"]["host"], "origin.example");
  EXPECT_EQ(line["consumer"]["username"], "ann");
  EXPECT_EQ(line["started_at"], 1'700'000'000'000);
}

TEST_F(AccessTest, Json_TellsTheTraceInEachFormatThatTheOriginWasTold) {
  texts({"GET", "h", "/", "/"});
  EXPECT_FALSE(log().contains("trace_id"));
  record_.trace.trace_id = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2};
  record_.trace.told_id_bytes = 16;
  for (const TraceFormat format : {TraceFormat::kW3c, TraceFormat::kB3Single, TraceFormat::kDatadog}) {
    record_.trace.add_told(format);
  }
  EXPECT_EQ(log()["trace_id"], (json{{"w3c", "00000000000000010000000000000102"},
                                     {"b3", "00000000000000010000000000000102"},
                                     {"datadog", "258"}}));
}

TEST_F(AccessTest, CustomFields_MayBeHeadersOfTheRequest) {
  texts({"GET", "h", "/", "/", "", "X-Team", "edge", "x-team", "other", "X-Empty", ""});
  record_.request_headers = 3;
  json object = {{"team", "none"}, {"gone", 1}};
  set_custom_fields(object,
                    {{"team", "return kong.request.get_header('x_team')"},
                     {"empty", "return kong.request.get_header( \"x-empty\" );"},
                     {"gone", "return kong.request.get_header(\"x-none\")"}},
                    AccessFacts(record_, policy_));
  EXPECT_EQ(object, (json{{"team", "edge"}, {"empty", ""}}));
}

TEST(LuaExpression, MoreThanAConstantOrAHeader_IsNone) {
  for (const char* text :
       {"return kong.request.get_header(name)", "return kong.request.get_header('a') .. 'b'",
        "return kong.request.get_query_arg('a')", "return kong.request.get_headers()['a']", "local a = 1 return a",
        "kong.request.get_header('a')", "return 'a' .. 'b'", "return 0x10"}) {
    EXPECT_FALSE(policy::parse_lua_expression(text)) << text;
  }
}

TEST_F(AccessTest, CustomFields_AreSetInside) {
  json object = {{"request", {{"method", "GET"}, {"uri", "/"}}}, {"route", {{"name", "r"}}}, {"status", 200}};
  set_custom_fields(object,
                    {{"request.method", "return 'X'"},
                     {"route", " return nil ;"},
                     {"env.name", "return \"prod\""},
                     {"env.size", "return 12.0"},
                     {"env.on", "return true"},
                     {"status.code", "return 1"}},
                    AccessFacts(record_, policy_));
  EXPECT_EQ(object, (json{{"request", {{"method", "X"}, {"uri", "/"}}},
                          {"env", {{"name", "prod"}, {"size", 12}, {"on", true}}},
                          {"status", 200}}));
}

TEST_F(AccessTest, Json_OfARequestThatWasNotProxied_HasNoTries) {
  texts({"GET", "h", "/", "/"});
  record_.tries = record_.kept_tries = record_.origin_status = 0;
  EXPECT_EQ(log()["tries"], json::array());
}

// As Kong tells it, though the origin gets none.
TEST_F(AccessTest, Json_OfAQuestionMarkWithoutAQuery_KeepsItTowardsTheOrigin) {
  texts({"GET", "h", "/a?", "/base/a"});
  EXPECT_EQ(log()["upstream_uri"], "/base/a?");
}

TEST_F(AccessTest, Json_OfAQuery_DecodesRepeatsAndFlags) {
  texts({"GET", "h", "/", "/?a=%41+b&a=2&flag&=x&bad=%zz"});
  EXPECT_EQ(log()["request"]["querystring"], (json{{"a", {"A b", "2"}}, {"flag", true}, {"bad", "%zz"}}));
}

// As Kong's: a try that another followed has failed; of the last one that is told where no more were allowed.
TEST_F(AccessTest, Json_ListsEveryTry) {
  texts({"GET", "h", "/", "/"});
  policy_.services[0].retries = 2;
  record_.tries = record_.kept_tries = 3;
  record_.try_list[1] = record_.try_list[2] = record_.try_list[0];
  record_.try_list[0].status = 502;
  record_.try_list[0].failed = true;
  record_.try_list[1].status = 504;
  record_.try_list[1].failed = true;
  json line = log();
  EXPECT_EQ(line["tries"].size(), 3u);
  EXPECT_EQ(line["tries"][0]["state"], "failed");
  EXPECT_EQ(line["tries"][0]["code"], 502);
  EXPECT_EQ(line["tries"][1]["code"], 504);
  EXPECT_FALSE(line["tries"][2].contains("state"));
  EXPECT_EQ(line["upstream_status"], "502, 504, 200");

  record_.try_list[2].status = 503;
  line = log();
  EXPECT_EQ(line["tries"][2]["state"], "failed");
  EXPECT_EQ(line["tries"][2]["code"], 503);
  policy_.services[0].retries = 5;
  EXPECT_FALSE(log()["tries"][2].contains("state"));
}

TEST_F(AccessTest, Json_OfAClientThatLeft_HasNoStatusOfTheTry) {
  texts({"GET", "h", "/", "/"});
  record_.origin_status = record_.try_list[0].status = 0;
  EXPECT_EQ(log()["upstream_status"], "-");
}

TEST_F(AccessTest, Json_SurvivesBytesThatAreNoText) {
  texts({"GET", "h", "/\xff\xfe", "/", "X", "\x80"});
  record_.request_headers = 1;
  EXPECT_TRUE(log().contains("request"));
}

TEST_F(AccessTest, Json_WithoutRouteAndOrigin_LeavesThemOut) {
  texts({"GET", "h", "/"});
  record_.route = record_.service = record_.consumer = kNoEntity;
  record_.tries = record_.kept_tries = record_.origin_status = 0;
  record_.proxied = false;
  record_.answered_by = AnsweredBy::kGateway;
  const json line = log();
  EXPECT_FALSE(line.contains("route"));
  EXPECT_EQ(line["source"], "kong");
  EXPECT_FALSE(line.contains("tries"));
  EXPECT_EQ(line["latencies"]["proxy"], -1);
}

TEST_F(AccessTest, Texts_ThatDoNotFit_AreRefusedWhole) {
  PackedTexts packed;
  const std::string half(PackedTexts::kBytes / 2, 'x');
  EXPECT_TRUE(packed.add(half));
  EXPECT_FALSE(packed.add(half));
  EXPECT_FALSE(packed.add("y", PackedTexts::kBytes / 2));
  EXPECT_TRUE(packed.add("y"));
  PackedTexts::Reader reader(packed);
  EXPECT_EQ(reader.next(), half);
  EXPECT_EQ(reader.next(), "y");
  EXPECT_EQ(reader.next(), "");
}

TEST_F(AccessTest, Span_HasItsPlaceInTheTraceAndItsTimes) {
  texts({"GET", "h", "/a"});
  record_.trace.trace_id.fill(0xab);
  record_.trace.span_id.fill(0xcd);
  record_.trace.parent_id.fill(0xef);
  const json span = json::parse(otlp_span(AccessFacts(record_, policy_)));
  EXPECT_EQ(span["traceId"], "abababababababababababababababab");
  EXPECT_EQ(span["spanId"], "cdcdcdcdcdcdcdcd");
  EXPECT_EQ(span["parentSpanId"], "efefefefefefefef");
  EXPECT_EQ(span["startTimeUnixNano"], "1700000000000000000");
  EXPECT_EQ(span["endTimeUnixNano"], "1700000000033000000");
  EXPECT_EQ(span["kind"], 2);
}

// As Kong's instrumentation names and fills them.
TEST_F(AccessTest, Span_TellsOfTheRequestInAttributes) {
  texts({"GET", "GW.example.:81", "/a?x=1"});
  policy_.routes[0].paths = {"/first", "/second"};
  record_.peer_address = IpAddress::v4(0xC0000209);
  record_.version_minor = 0;
  const auto attributes = [this] {
    std::map<std::string, json> all;
    const json span = json::parse(otlp_span(AccessFacts(record_, policy_)));
    for (const json& a : span["attributes"]) {
      all[a["key"]] = *a["value"].begin();
    }
    return all;
  };
  auto all = attributes();
  EXPECT_EQ(all["http.host"], "gw.example");
  EXPECT_EQ(all["http.url"], "http://gw.example/a?x=1");
  EXPECT_EQ(all["http.flavor"], "1.0");
  EXPECT_EQ(all["http.route"], "/first");
  EXPECT_EQ(all["http.client_ip"], "192.0.2.7");
  EXPECT_EQ(all["net.peer.ip"], "192.0.2.9");
  policy_.routes[0].paths.clear();
  EXPECT_EQ(attributes()["http.route"], "");
  record_.route = kNoEntity;
  EXPECT_EQ(attributes()["http.route"], "");
}

TEST_F(AccessTest, OtlpBody_IsOneRequestOfAllSpans) {
  const json body = json::parse(otlp_body(otlp_resource({}, {}), {"{\"a\":1}", "{\"b\":2}"}));
  const json& resource = body["resourceSpans"][0];
  EXPECT_EQ(resource["scopeSpans"][0]["spans"].size(), 2u);
  EXPECT_EQ(resource["scopeSpans"][0]["scope"]["name"], "kong-internal");
}

TEST_F(AccessTest, OtlpResource_NamesTheInstanceWhereTheConfigurationDoesNot) {
  policy::OpentelemetryConfig config;
  const auto attributes = [&config] {
    std::map<std::string, std::string> all;
    const json resource = json::parse(otlp_resource(config, {"an-id", "1.2.3"}));
    for (const json& a : resource["attributes"]) {
      all[a["key"]] = a["value"]["stringValue"];
    }
    return all;
  };
  using Map = std::map<std::string, std::string>;
  EXPECT_EQ(attributes(),
            (Map{{"service.name", "kong"}, {"service.instance.id", "an-id"}, {"service.version", "1.2.3"}}));
  config.resource_attributes = {{"service.name", "edge"}, {"service.version", "9"}};
  EXPECT_EQ(attributes(), (Map{{"service.name", "edge"}, {"service.instance.id", "an-id"}, {"service.version", "9"}}));
}

TEST_F(AccessTest, Metrics_HaveKongsNamesAndLabels) {
  texts({"GET", "h", "/"});
  KongMetrics metrics;
  policy::PrometheusConfig config;
  config.per_consumer = config.status_code_metrics = config.latency_metrics = config.bandwidth_metrics = true;
  metrics.observe(AccessFacts(record_, policy_), config);
  const std::string text = metrics.text();
  EXPECT_NE(text.find("kong_http_requests_total{service=\"s\",route=\"r\",code=\"200\",source=\"service\","
                      "workspace=\"default\",consumer=\"ann\"} 1"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("direction=\"egress\",workspace=\"default\",consumer=\"ann\"} 300"), std::string::npos);
  EXPECT_NE(text.find("kong_kong_latency_ms_bucket{service=\"s\",route=\"r\",workspace=\"default\",le=\"5\"} 1"),
            std::string::npos);
  EXPECT_NE(text.find("kong_upstream_latency_ms_sum{service=\"s\",route=\"r\",workspace=\"default\"} 20"),
            std::string::npos);
}

TEST_F(AccessTest, Metrics_LeaveOutWhatTookNoRoute) {
  texts({"GET", "h", "/"});
  record_.route = kNoEntity;
  KongMetrics metrics;
  policy::PrometheusConfig config;
  config.status_code_metrics = true;
  metrics.observe(AccessFacts(record_, policy_), config);
  EXPECT_EQ(metrics.text(), "");
}

TEST_F(AccessTest, Metrics_CountWhatTheConfigurationAsksFor) {
  texts({"GET", "h", "/"});
  KongMetrics metrics;
  metrics.observe(AccessFacts(record_, policy_), {});
  EXPECT_EQ(metrics.text(), "");
  policy::PrometheusConfig config;
  config.status_code_metrics = true;
  metrics.observe(AccessFacts(record_, policy_), config);
  EXPECT_NE(metrics.text().find("consumer=\"\""), std::string::npos);
  EXPECT_EQ(metrics.text().find("latency"), std::string::npos);
}

}  // namespace
}  // namespace sluice::control
