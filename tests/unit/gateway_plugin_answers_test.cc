// The plugins that answer or edit without asking who calls: bot-detection, ip-restriction, request-size-limiting,
// redirect, request-termination, correlation-id, response-transformer.
#include <nlohmann/json.hpp>
#include <regex>

#include "gateway/plugins/known_bots.h"
#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

struct BotCase {
  const char* agent;
  int status;
};

class KnownBots : public ::testing::TestWithParam<BotCase> {};

TEST_P(KnownBots, AreThoseOfKong) {
  TestGateway gateway(policy_with("{name: bot-detection}"));
  EXPECT_EQ(gateway.get("/r", {{"User-Agent", GetParam().agent}}).status, GetParam().status) << GetParam().agent;
}

INSTANTIATE_TEST_SUITE_P(
    Table, KnownBots,
    ::testing::Values(BotCase{"Mozilla/5.0 (X11; Linux) Firefox/120", 200}, BotCase{"curl/8.0", 200},
                      BotCase{"Go-http-client/1.1", 403}, BotCase{"okhttp/4.9", 403}, BotCase{"axios/1.2", 403},
                      BotCase{"python-requests/2", 200}, BotCase{"Python-urllib/3.8", 403},
                      BotCase{"unirest-java/3", 403}, BotCase{"unirest-c/3", 200}, BotCase{"Boto3/1.2.3", 403},
                      BotCase{"aws-sdk-dotnet-45/3.3", 403}, BotCase{"xBoto3/1.2", 200}, BotCase{"Boto3/1", 200},
                      BotCase{"x PTST/12", 403}, BotCase{"x PTST/12 y", 200}, BotCase{"a bot", 200},
                      BotCase{"a bot 1", 403}, BotCase{"a bot-1", 200}, BotCase{"/abot-1", 403},
                      BotCase{"AhrefsBot/7.0", 403}, BotCase{"Indexer/2", 403}, BotCase{"Archiver", 200},
                      BotCase{"archiver", 403}, BotCase{"SPIDER", 403}, BotCase{"Scraped", 403}, BotCase{"SCRAPE", 200},
                      BotCase{"EDI/1", 403}, BotCase{"xEDI/1", 200}, BotCase{"EDI 1", 200}, BotCase{"/fetchurl 1", 403},
                      BotCase{"fetchurl/1", 200}, BotCase{"facebookexternalhit/1", 200},
                      BotCase{"facebookexternalhit/1.1", 403}, BotCase{"WhatsApp/2", 403}, BotCase{"xZao", 200},
                      BotCase{"Zao", 403}));

TEST(ListOfBots, IsScannedForWhole) {
  const auto database = known_bots();
  EXPECT_NE(database->get(), nullptr);
  EXPECT_EQ(database->refused(), std::vector<uint32_t>());
}

TEST(BotDetection, AnAgentThatTakesTooMuchWorkIsRefused) {
  const std::string costly = std::string(40, 'a') + "!";
  TestGateway denies(policy_with("{name: bot-detection, config: {deny: ['^(?:a+)+$']}}"));
  EXPECT_EQ(denies.get("/r", {{"User-Agent", costly}}).status, 403);
  EXPECT_EQ(denies.worker.counted(Counter::kGatewayMatchesGivenUp), 1u);
  TestGateway allows(policy_with("{name: bot-detection, config: {allow: ['^(?:a+)+$'], deny: ['!$']}}"));
  EXPECT_EQ(allows.get("/r", {{"User-Agent", costly}}).status, 403);
}

TEST(BotDetection, ALongAgentThatIsNoBotIsLetIn) {
  TestGateway gateway(policy_with("{name: bot-detection}"));
  std::string agent = "Mozilla/5.0";
  while (agent.size() < 8000) agent += " (X11; Linux) Firefox/120.0";
  EXPECT_EQ(gateway.get("/r", {{"User-Agent", agent}}).status, 200);
}

struct AddressCase {
  const char* what;
  const char* config;
  const char* client;
  int status;
};

class IpRestrictionTable : public ::testing::TestWithParam<AddressCase> {};

TEST_P(IpRestrictionTable, DecidesAsKong) {
  TestGateway gateway(policy_with(std::string("{name: ip-restriction, config: {") + GetParam().config + "}}"));
  gateway.client = *IpAddress::parse(GetParam().client);
  EXPECT_EQ(gateway.get("/r").status, GetParam().status) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Table, IpRestrictionTable,
    ::testing::Values(AddressCase{"allowed", "allow: [192.0.2.0/24]", "192.0.2.255", 200},
                      AddressCase{"not allowed", "allow: [192.0.2.0/24]", "192.0.3.0", 403},
                      AddressCase{"denied", "deny: [192.0.2.7]", "192.0.2.7", 403},
                      AddressCase{"not denied", "deny: [192.0.2.7]", "192.0.2.8", 200},
                      AddressCase{"deny goes first", "allow: [0.0.0.0/0], deny: [192.0.2.7]", "192.0.2.7", 403},
                      AddressCase{"both, neither", "allow: [10.0.0.0/8], deny: [10.1.0.0/16]", "11.0.0.1", 403},
                      AddressCase{"both, allowed", "allow: [10.0.0.0/8], deny: [10.1.0.0/16]", "10.2.0.1", 200},
                      AddressCase{"IPv6", "allow: ['2001:db8::/32']", "2001:db8:1::5", 200},
                      AddressCase{"IPv4 list, IPv6 client", "allow: [0.0.0.0/0]", "2001:db8::1", 403},
                      AddressCase{"own status", "deny: [192.0.2.7], status: 451", "192.0.2.7", 451},
                      AddressCase{"own status of no error", "deny: [192.0.2.7], status: 302", "192.0.2.7", 500},
                      AddressCase{"own status of nothing", "deny: [192.0.2.7], status: 99999", "192.0.2.7", 500},
                      AddressCase{"which nobody gets to see", "deny: [192.0.2.7], status: 1", "192.0.2.8", 200}));

TEST(IpRestriction, Message_NamesTheAddress) {
  TestGateway gateway(policy_with("{name: ip-restriction, config: {allow: [10.0.0.0/8]}}"));
  gateway.client = *IpAddress::parse("2001:db8::1");
  EXPECT_NE(gateway.get("/r").body.find("\"IP address not allowed: 2001:db8::1\""), std::string::npos);
}

struct SizeCase {
  const char* what;
  const char* config;
  const char* fields;  // of the request's head
  int status;
};

class RequestSizeTable : public ::testing::TestWithParam<SizeCase> {};

TEST_P(RequestSizeTable, DecidesAsKong) {
  TestGateway gateway(policy_with(std::string("{name: request-size-limiting, config: {") + GetParam().config + "}}"));
  const std::string head = std::string("POST /r HTTP/1.1\r\nHost: a\r\n") + GetParam().fields + "\r\n";
  EXPECT_EQ(gateway.serve({.head = head}).status, GetParam().status) << GetParam().what;
}

constexpr char kTenBytes[] = "allowed_payload_size: 10, size_unit: bytes";
constexpr char kTenRequired[] = "allowed_payload_size: 10, size_unit: bytes, require_content_length: true";

INSTANTIATE_TEST_SUITE_P(
    Table, RequestSizeTable,
    ::testing::Values(
        SizeCase{"exactly", kTenBytes, "Content-Length: 10\r\n", 200},
        SizeCase{"one more", kTenBytes, "Content-Length: 11\r\n", 413},
        SizeCase{"with Expect", kTenBytes, "Content-Length: 11\r\nExpect: 100-continue\r\n", 417},
        SizeCase{"none", kTenBytes, "", 200},  //
        SizeCase{"none, but required", kTenRequired, "", 411},
        SizeCase{"of zero bytes, as required", kTenRequired, "Content-Length: 0\r\n", 200},
        SizeCase{"chunked passes the requirement", kTenRequired, "Transfer-Encoding: chunked\r\n", 200},
        SizeCase{"a kilobyte has 1024 bytes", "allowed_payload_size: 1, size_unit: kilobytes",
                 "Content-Length: 1025\r\n", 413},
        SizeCase{"more than 32 bits", "allowed_payload_size: 5000000000, size_unit: bytes", "Content-Length: 1000\r\n",
                 200},
        SizeCase{"more than 64 bits", "allowed_payload_size: 9000000000000000000", "Content-Length: 1000\r\n", 200},
        SizeCase{"nothing at all", "allowed_payload_size: 0", "Content-Length: 0\r\n", 200},
        SizeCase{"less than nothing", "allowed_payload_size: -1", "", 413},
        SizeCase{"less than nothing, chunked", "allowed_payload_size: -1", "Transfer-Encoding: chunked\r\n", 413},
        SizeCase{"128 megabytes of 1048576", "", "Content-Length: 134217728\r\n", 200},
        SizeCase{"one byte more than that", "", "Content-Length: 134217729\r\n", 413}));

struct RedirectCase {
  const char* config;
  const char* target;
  const char* location;
};

class RedirectTable : public ::testing::TestWithParam<RedirectCase> {};

TEST_P(RedirectTable, LeadsWhereKongDoes) {
  TestGateway gateway(policy_with(std::string("{name: redirect, config: {") + GetParam().config + "}}"));
  EXPECT_EQ(value_of(gateway.get(GetParam().target).headers, "Location"), GetParam().location);
}

constexpr char kKept[] = "location: 'HTTPS://New.Example:443/own?own=1#f', keep_incoming_path: true";

INSTANTIATE_TEST_SUITE_P(
    Table, RedirectTable,
    ::testing::Values(
        RedirectCase{"location: 'HTTPS://New.Example:443/own?own=1#f'", "/r/a?b=c",
                     "HTTPS://New.Example:443/own?own=1#f"},
        RedirectCase{kKept, "/r/a?b=c", "https://new.example/r/a?b=c#f"},
        RedirectCase{kKept, "/r?", "https://new.example/r#f"},
        RedirectCase{kKept, "/r??a", "https://new.example/r?a#f"},
        RedirectCase{kKept, "/r/%7C%5E%22%20%5C", "https://new.example/r/|^%22%20/#f"},
        RedirectCase{kKept, "/r/%2f%3F%23%C3%A9", "https://new.example/r/%2F%3F%23%C3%A9#f"},
        RedirectCase{kKept, "/r?a='<|>'", "https://new.example/r?a=%27%3C|%3E%27#f"},
        RedirectCase{"location: 'http://u:p@h:8080', keep_incoming_path: true", "/r", "http://u:p@h:8080/r"},
        RedirectCase{"location: 'http://h:80/', keep_incoming_path: true", "/r", "http://h/r"},
        RedirectCase{"location: 'https://h:80', keep_incoming_path: true", "/r", "https://h:80/r"},
        RedirectCase{"location: 'http://[2001:DB8::1]:80', keep_incoming_path: true", "/r", "http://[2001:db8::1]/r"}));

// A plugin that runs before may have changed it.
TEST(Redirect, Query_IsThatOfNow) {
  TestGateway gateway(
      policy_with("{name: redirect, config: {location: 'http://h', keep_incoming_path: true}}, "
                  "{name: request-transformer, config: {remove: {querystring: [a]}}}"));
  EXPECT_EQ(value_of(gateway.get("/r?a=1&b=2").headers, "Location"), "http://h/r?b=2");
}

std::string termination(const std::string& config) {
  return policy_with("{name: request-termination, config: {" + config + "}}");
}

TEST(RequestTermination, Message_IsABareBody) {
  TestGateway gateway(termination("status_code: 400, message: 'say \"hi\" \\ <b>'"));
  const auto outcome = gateway.get("/r", {{"Accept", "text/html"}});
  EXPECT_EQ(outcome.status, 400);
  EXPECT_EQ(outcome.body, R"({"message":"say \"hi\" \\ <b>"})");
  EXPECT_EQ(value_of(outcome.headers, "Content-Type"), "application/json; charset=utf-8");
}

TEST(RequestTermination, StatusWithoutAMessage_HasNoBody) {
  TestGateway gateway(termination("status_code: 418"));
  const auto outcome = gateway.get("/r");
  EXPECT_EQ(outcome.status, 418);
  EXPECT_EQ(outcome.body, "");
  EXPECT_EQ(value_of(outcome.headers, "Content-Type"), std::nullopt);
}

TEST(RequestTermination, OwnBody_IsSentAsItIs) {
  TestGateway gateway(termination("status_code: 202, body: '{\"own\":true}'"));
  const auto outcome = gateway.get("/r");
  EXPECT_EQ(outcome.body, "{\"own\":true}");
  EXPECT_EQ(value_of(outcome.headers, "Content-Type"), std::nullopt);
}

TEST(RequestTermination, Trigger_IsAHeaderOrAnArgument) {
  TestGateway gateway(termination("trigger: x-stop"));
  EXPECT_TRUE(gateway.get("/r").proxied);
  EXPECT_FALSE(gateway.get("/r", {{"X-Stop", ""}}).proxied);
  EXPECT_FALSE(gateway.get("/r?x-stop").proxied);
  EXPECT_TRUE(gateway.get("/r?X-Stop=1").proxied) << "names of arguments have a case";
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayTerminated), 2u);
}

TEST(RequestTermination, Echo_TellsWhatCame) {
  TestGateway gateway(termination("echo: true, status_code: 404"));
  const auto outcome = gateway.get("/r/x?a=1&b&a=%20", {{"X-A", "1"}, {"x-a", "\"2\""}});
  const auto json = nlohmann::json::parse(outcome.body);
  EXPECT_EQ(json["message"], "Not found");
  EXPECT_EQ(json["request"]["method"], "GET");
  EXPECT_EQ(json["request"]["path"], "/r/x");
  EXPECT_EQ(json["request"]["host"], "gw.example");
  EXPECT_EQ(json["request"]["port"], 9080);
  EXPECT_EQ(json["request"]["headers"]["x-a"], nlohmann::json::array({"1", "\"2\""}));
  EXPECT_EQ(json["request"]["query"], nlohmann::json::parse(R"({"a": ["1", " "], "b": true})"));
  EXPECT_EQ(json["matched_route"]["name"], "r");
  EXPECT_EQ(json["matched_route"]["service"]["id"], json["matched_service"]["id"]);
  EXPECT_EQ(json["matched_service"]["connect_timeout"], 60000);
  EXPECT_FALSE(json["matched_service"].contains("tags"));
}

TEST(RequestTermination, EchoThatIsTooLong_IsAnUnexpectedError) {
  TestGateway gateway(termination("echo: true"));
  EXPECT_EQ(
      gateway
          .get("/r?" + std::string(7000, 'q'),
               {{"X-A", std::string(7000, '"')}, {"X-B", std::string(7000, '"')}, {"X-C", std::string(7000, '\\')}})
          .status,
      500);
}

// What compiling a policy with this plugin complains about; empty: nothing.
std::string complaint_about(const std::string& plugin) {
  const policy::Policy policy = load(policy_with(plugin));
  match::ScratchPlan plan;
  const SharedState shared;
  const auto stage = Stage::compile(policy, {.shared = shared, .product = "p", .hash_key = {}, .scratch_plan = plan});
  return stage.ok() ? "" : stage.error()[0].message;
}

TEST(Redirect, HostOutsideOfAscii_CannotBeJoinedWithAPath) {
  const std::string location = R"(location: "http://b\u00fccher.example/x")";
  EXPECT_NE(complaint_about("{name: redirect, config: {keep_incoming_path: true, " + location + "}}")
                .find("location: expected a host in ASCII"),
            std::string::npos);
  EXPECT_EQ(complaint_about("{name: redirect, config: {" + location + "}}"), "") << "sent as it stands";
}

std::string correlation(const std::string& config) {
  return policy_with("{name: correlation-id, config: {" + config + "}}");
}

struct IdCase {
  const char* generator;
  const char* pattern;
};

class CorrelationIdTable : public ::testing::TestWithParam<IdCase> {};

TEST_P(CorrelationIdTable, IdsAreMadeOncePerRequestAndEchoed) {
  TestGateway gateway(correlation(std::string("generator: '") + GetParam().generator + "', echo_downstream: true"));
  const auto first = gateway.get("/r", {{"Kong-Request-ID", ""}});
  const auto second = gateway.get("/r");
  const std::string id = all_values(first.upstream_headers, "Kong-Request-ID");
  EXPECT_TRUE(std::regex_match(id, std::regex(GetParam().pattern))) << id;
  EXPECT_EQ(all_values(first.headers, "Kong-Request-ID"), id);
  EXPECT_NE(all_values(second.upstream_headers, "Kong-Request-ID"), id);
}

#define UUID_PATTERN "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
INSTANTIATE_TEST_SUITE_P(Table, CorrelationIdTable,
                         ::testing::Values(IdCase{"uuid", UUID_PATTERN}, IdCase{"uuid#counter", UUID_PATTERN "#1"},
                                           IdCase{"tracker", "198\\.18\\.0\\.1-9080-\\d+-40000-1-\\d+\\.\\d{3}"}));
#undef UUID_PATTERN

TEST(CorrelationId, ClientsOwn_IsKeptAndItsFirstEchoed) {
  TestGateway gateway(correlation("echo_downstream: true"));
  const auto outcome = gateway.get("/r", {{"Kong-Request-ID", "a"}, {"Kong-Request-ID", "b"}});
  EXPECT_EQ(all_values(outcome.upstream_headers, "Kong-Request-ID"), "a|b");
  EXPECT_EQ(all_values(outcome.headers, "Kong-Request-ID"), "a");
}

TEST(CorrelationId, ClientsOwnWithUnderscores_IsItsOwn) {
  TestGateway gateway(correlation("echo_downstream: true, header_name: X-Trace"));
  const auto outcome = gateway.get("/r", {{"x_trace", "mine"}});
  EXPECT_EQ(all_values(outcome.upstream_headers, "x_trace"), "mine");
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Trace"), "");
  EXPECT_EQ(all_values(outcome.headers, "X-Trace"), "mine");
}

TEST(CorrelationId, OriginsOwn_IsReplacedByTheEcho) {
  TestGateway gateway(correlation("echo_downstream: true, header_name: X-Trace"));
  const auto outcome = gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\nX-Trace: mine\r\n\r\n"},
                                     {.headers = {{"x-trace", "origin"}}});
  EXPECT_EQ(all_values(outcome.headers, "X-Trace"), "mine");
}

TEST(CorrelationId, IdThatALaterPluginRemoves_IsEchoedAllTheSame) {
  TestGateway gateway(
      policy_with("{name: correlation-id, config: {echo_downstream: true, header_name: X-Trace}},"
                  "{name: request-transformer, config: {remove: {headers: [X-Trace]}}}"));
  const auto outcome = gateway.get("/r", {{"X-Trace", "mine"}});
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Trace"), "");
  EXPECT_EQ(all_values(outcome.headers, "X-Trace"), "mine");
}

struct ResponseCase {
  const char* what;
  const char* config;
  Fields origin;
  const char* name;
  const char* values;  // joined by '|'
};

class TransformedResponse : public ::testing::TestWithParam<ResponseCase> {};

TEST_P(TransformedResponse, IsWhatKongAnswers) {
  TestGateway gateway(policy_with(std::string("{name: response-transformer, config: {") + GetParam().config + "}}"));
  const auto outcome = gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"}, {.headers = GetParam().origin});
  EXPECT_EQ(all_values(outcome.headers, GetParam().name), GetParam().values) << GetParam().what;
}

constexpr char kAllFive[] =
    "remove: {headers: [X-1]}, rename: {headers: ['X-2:X-1']}, replace: {headers: ['X-1:rep']}, "
    "add: {headers: ['X-1:add']}, append: {headers: ['X-1:app']}";

INSTANTIATE_TEST_SUITE_P(
    Table, TransformedResponse,
    ::testing::Values(
        ResponseCase{"remove all", "remove: {headers: [x-a]}", {{"X-A", "1"}, {"X-A", "2"}}, "X-A", ""},
        ResponseCase{
            "remove whatever the value", "remove: {headers: ['X-A:1']}", {{"X-A", "1"}, {"X-A", "2"}}, "X-A", ""},
        ResponseCase{
            "rename all", "rename: {headers: ['X-A:X-B']}", {{"X-A", "1"}, {"X-B", "0"}, {"X-A", "2"}}, "X-B", "1|2"},
        ResponseCase{"replace all by one", "replace: {headers: ['X-A:r']}", {{"X-A", "1"}, {"X-A", "2"}}, "X-A", "r"},
        ResponseCase{"replace none", "replace: {headers: ['X-A:r']}", {}, "X-A", ""},
        ResponseCase{"add", "add: {headers: ['X-A:b: c']}", {}, "X-A", "b: c"},
        ResponseCase{"add to one", "add: {headers: ['X-A:a']}", {{"x-a", "1"}}, "X-A", "1"},
        ResponseCase{
            "append", "append: {headers: ['Set-Cookie:z=9']}", {{"Set-Cookie", "a=1"}}, "Set-Cookie", "a=1|z=9"},
        ResponseCase{"all five, on none", kAllFive, {}, "X-1", "add|app"},
        ResponseCase{"all five, on the first", kAllFive, {{"X-1", "1"}}, "X-1", "rep|app"},
        ResponseCase{
            "all five, on the second: it was not there to replace", kAllFive, {{"X-2", "2"}}, "X-1", "add|app"},
        ResponseCase{"all five, on both", kAllFive, {{"X-1", "1"}, {"X-2", "2"}}, "X-1", "rep|app"}));

TEST(ResponseTransformer, AnswersOfOurOwn_AreEditedToo) {
  TestGateway gateway(
      policy_with("{name: key-auth}, {name: response-transformer, config: {add: {headers: ['X-Seen:1']}}}"));
  const auto outcome = gateway.get("/r");
  EXPECT_EQ(outcome.status, 401);
  EXPECT_EQ(value_of(outcome.headers, "X-Seen"), "1");
}

}  // namespace
}  // namespace sluice::gateway
