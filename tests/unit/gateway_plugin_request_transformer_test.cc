#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

std::string transformer(const std::string& config) {
  return policy_with("{name: request-transformer, config: {" + config + "}}");
}

struct QueryCase {
  const char* what;
  const char* config;
  const char* sent;
  const char* target;  // what the origin sees
};

class TransformedQuery : public ::testing::TestWithParam<QueryCase> {};

TEST_P(TransformedQuery, IsWhatKongSends) {
  TestGateway gateway(transformer(GetParam().config));
  EXPECT_EQ(gateway.get(std::string("/r") + GetParam().sent).target, GetParam().target) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Table, TransformedQuery,
    ::testing::Values(
        QueryCase{"untouched where nothing is to be done", "add: {headers: ['X-A:1']}", "?b=2&a=%2f+", "/?b=2&a=%2f+"},
        QueryCase{"sorted and encoded again", "add: {querystring: ['c:1']}", "?b=2&a=%2f+", "/?a=%2F%20&b=2&c=1"},
        QueryCase{"remove all of a name", "remove: {querystring: [a]}", "?a=1&b&a=2", "/?b"},
        QueryCase{"remove the last one", "remove: {querystring: [a]}", "?a=1", "/"},
        QueryCase{"remove by the decoded name", "remove: {querystring: ['a b']}", "?a%20b=1&a+b=2&c=3", "/?c=3"},
        QueryCase{"rename takes the place", "rename: {querystring: ['a:b']}", "?a=1&b=2&a=3", "/?b=1&b=3"},
        QueryCase{"rename by a template", "rename: {querystring: ['a:$(query_params.b)-x']}", "?a=1&b=2",
                  "/?2-x=1&b=2"},
        QueryCase{"rename without one", "rename: {querystring: ['a:b']}", "?b=2", "/?b=2"},
        QueryCase{"replace one of two", "replace: {querystring: ['a:x']}", "?a=1&a=2", "/?a=x"},
        QueryCase{"replace none", "replace: {querystring: ['a:x']}", "?b=1", "/?b=1"},
        QueryCase{"add to what is there", "add: {querystring: ['a:x']}", "?a", "/?a"},
        QueryCase{"append to one with a value", "append: {querystring: ['a:x']}", "?a=1", "/?a=1&a=x"},
        QueryCase{"append to one without", "append: {querystring: ['a:x']}", "?a", "/?a=x"},
        QueryCase{"append to none", "append: {querystring: ['a:x']}", "", "/?a=x"},
        QueryCase{"values keep their colons", "add: {querystring: ['a:b:c']}", "", "/?a=b%3Ac"},
        QueryCase{"an escape that is none", "add: {querystring: ['z:1']}", "?a=%zz", "/?a=%25zz&z=1"},
        QueryCase{"a template of what was sent",
                  "replace: {querystring: ['a:x']}, add: {querystring: ['b:$(query_params.a)']}", "?a=1",
                  "/?a=x&b=1"}));

struct HeaderCase {
  const char* what;
  const char* config;
  Fields sent;
  const char* name;
  const char* values;  // joined by '|'
};

class TransformedHeaders : public ::testing::TestWithParam<HeaderCase> {};

TEST_P(TransformedHeaders, AreWhatKongSends) {
  TestGateway gateway(transformer(GetParam().config));
  const auto outcome = gateway.get("/r?q=a%0d%0ab&flag", GetParam().sent);
  ASSERT_TRUE(outcome.proxied);
  EXPECT_EQ(all_values(outcome.upstream_headers, GetParam().name), GetParam().values) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Table, TransformedHeaders,
    ::testing::Values(
        HeaderCase{"remove whatever the case", "remove: {headers: [x-a]}", {{"X-A", "1"}, {"x-a", "2"}}, "X-A", ""},
        HeaderCase{"rename all values", "rename: {headers: ['X-A:X-B']}", {{"X-A", "1"}, {"X-A", "2"}}, "X-B", "1|2"},
        HeaderCase{"rename over another", "rename: {headers: ['X-A:X-B']}", {{"X-A", "1"}, {"X-B", "2"}}, "X-B", "1"},
        HeaderCase{"replace what is there", "replace: {headers: ['X-A:r']}", {{"X-A", "1"}, {"X-A", "2"}}, "X-A", "r"},
        HeaderCase{"replace nothing", "replace: {headers: ['X-A:r']}", {}, "X-A", ""},
        HeaderCase{"add beside none", "add: {headers: ['X-A:a', 'X-A:b']}", {}, "X-A", "a"},
        HeaderCase{"append twice", "append: {headers: ['X-A:a', 'X-A:b']}", {{"X-A", "1"}}, "X-A", "1|a|b"},
        HeaderCase{"no value, no edit", "add: {headers: ['X-A:']}", {}, "X-A", ""},
        HeaderCase{"replace after remove",
                   "remove: {headers: [X-A]}, replace: {headers: ['X-A:r']}",
                   {{"X-A", "1"}},
                   "X-A",
                   ""},
        HeaderCase{"Host stays",
                   "remove: {headers: [Host]}, add: {headers: ['X-H:$(headers.host)']}",
                   {},
                   "X-H",
                   "gw.example"},
        HeaderCase{"templates see what was removed",
                   "remove: {headers: [X-A]}, add: {headers: ['X-B:$(headers.x_a)']}",
                   {{"X-A", "1"}},
                   "X-B",
                   "1"},
        HeaderCase{
            "add beside one that is written with a dash", "add: {headers: ['x_a:2']}", {{"X-A", "1"}}, "x_a", ""},
        HeaderCase{
            "control characters are encoded", "add: {headers: ['X-Q:$(query_params.q)']}", {}, "X-Q", "a%0D%0Ab"},
        HeaderCase{"an argument without a value", "add: {headers: ['X-Q:$(query_params.flag)']}", {}, "X-Q", "true"}));

TEST(RequestTransformer, ReplacedHost_IsTheOrigins) {
  TestGateway gateway(transformer("replace: {headers: ['Host:other.example']}"));
  EXPECT_EQ(gateway.get("/r").host, "other.example");
}

TEST(RequestTransformer, HttpMethod_ReplacesTheMethodTowardsTheOrigin) {
  TestGateway gateway(transformer("http_method: PUT"));
  EXPECT_EQ(gateway.get("/r?a=1").method, "PUT");
}

// Kong reads the headers when the first template asks for them.
TEST(RequestTransformer, TemplateOfTheQuery_SeesTheEditedHeadersUnlessOneBeforeItAsked) {
  TestGateway late(transformer("add: {headers: ['X-A:1'], querystring: ['q:$(headers.x_a)']}"));
  EXPECT_EQ(late.get("/r").target, "/?q=1");
  TestGateway early(transformer("add: {headers: ['X-A:1', 'X-B:$(headers.x_c)'], querystring: ['q:$(headers.x_a)']}"));
  EXPECT_EQ(early.get("/r").target, "/?q=");
}

// The value of X-Zero that the origin sees of a route with these settings.
std::string whole_match(const std::string& route) {
  TestGateway gateway(
      "_format_version: '3.0'\n"
      "services:\n"
      "- url: http://198.18.1.2:9701\n"
      "  plugins: [{name: request-transformer, config: {add: {headers: ['X-Zero:<$(uri_captures[0])>']}}}]\n"
      "  routes: [{" +
      route + "}]\n");
  return all_values(gateway.get("/c/7/x").upstream_headers, "X-Zero");
}

TEST(RequestTransformer, WholeMatch_IsTheRegexsWhetherItIsStrippedOrNot) {
  EXPECT_EQ(whole_match(R"(paths: ['~/c/(\d)'])"), "</c/7>");
  EXPECT_EQ(whole_match(R"(paths: ['~/c/(\d)'], strip_path: false)"), "</c/7>");
}

TEST(RequestTransformer, WholeMatch_IsNothingWithoutAGroup) {
  EXPECT_EQ(whole_match(R"(paths: ['~/c/\d'])"), "<>");
  EXPECT_EQ(whole_match("paths: [/c]"), "<>");
}

TEST(RequestTransformer, ReplacedUri_IsEscapedAndKeepsTheQuery) {
  TestGateway gateway(transformer("replace: {uri: '/x/$(headers.x_name)'}"));
  EXPECT_EQ(gateway.get("/r/more?a=1", {{"X-Name", "a b%41/c"}}).target, "/x/a%20b%41/c?a=1");
}

TEST(RequestTransformer, UriThatIsNoPath_IsAnUnexpectedError) {
  TestGateway gateway(transformer("replace: {uri: '$(headers.x_name)'}"));
  const auto outcome = gateway.get("/r", {{"X-Name", "http://evil.example/"}});
  EXPECT_EQ(outcome.status, 500);
  EXPECT_EQ(outcome.body, R"({"message":"An unexpected error occurred"})");
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayPluginFailed), 1u);
}

}  // namespace
}  // namespace sluice::gateway
