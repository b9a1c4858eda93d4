// What plugins read in bodies, and make of them.
#include "gateway/plugins/json_object.h"
#include "gateway/plugins/json_scanner.h"
#include "gateway/plugins/multipart_body.h"
#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

class JsonObjectTest : public ::testing::Test {
 protected:
  JsonObject::Parsed parse(std::string_view text, size_t room_for = 4) {
    return JsonObject::parse(arena_, text, room_for);
  }
  JsonObject::Fault fault(std::string_view text) { return parse(text).fault; }

  test::TestWorker worker_;
  Arena arena_{worker_.blocks};
};

TEST_F(JsonObjectTest, Values_StayAsTheyWereWritten) {
  auto [fault, object] = parse(R"( {"i": 9007199254740993 , "f":1.10,"e":[ ],"s":"a\/b","n":{"x":[1,{"y":null}]}} )");
  ASSERT_EQ(fault, JsonObject::Fault::kNone);
  EXPECT_EQ(object.find("i"), "9007199254740993");
  EXPECT_EQ(object.encode(), R"({"i":9007199254740993,"f":1.10,"e":[ ],"s":"a\/b","n":{"x":[1,{"y":null}]}})");
}

TEST_F(JsonObjectTest, WhatIsNoObject_IsTold) {
  for (const char* text : {"[1]", "5", "\"x\"", "null", " true ", "-0.5e+3"}) {
    EXPECT_EQ(fault(text), JsonObject::Fault::kNotObject) << text;
  }
  for (const char* text : {"",
                           " ",
                           "{",
                           "{}x",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":\"\x01\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12g4\"}",
                           "[1,]",
                           "[1 2]",
                           "{\"a\":[}",
                           "{\"a\":tru}",
                           "nul",
                           "+1",
                           "NaN"}) {
    EXPECT_EQ(fault(text), JsonObject::Fault::kMalformed) << text;
  }
}

TEST_F(JsonObjectTest, Names_AreComparedByWhatTheyMean) {
  auto [fault, object] = parse(R"({"\u0061":1,"\ud83d\ude00":2,"\ud800":3,"a\"b":4})");
  EXPECT_EQ(object.find("a"), "1");
  EXPECT_EQ(object.find("\xf0\x9f\x98\x80"), "2");
  EXPECT_EQ(object.find("a\"b"), "4");
  object.remove("a");
  EXPECT_EQ(object.find("a"), std::nullopt);
  EXPECT_EQ(from_json_string(arena_, R"("\ud800x\n")"), "\xef\xbf\xbdx\n");
}

TEST_F(JsonObjectTest, RepeatedName_CountsOnceAndLast) {
  auto [fault, object] = parse(R"({"a":1,"a":2})");
  EXPECT_EQ(object.find("a"), "2");
  object.rename("a", "b");
  EXPECT_EQ(object.encode(), R"({"b":2})");
}

TEST_F(JsonObjectTest, Append_MakesAListOfStringsAndListsOnly) {
  EXPECT_EQ(append_json(arena_, "\"x\"", "1"), "[\"x\",1]");
  EXPECT_EQ(append_json(arena_, "[ ]", "1"), "[ 1]");
  EXPECT_EQ(append_json(arena_, "[2]", "1"), "[2,1]");
  EXPECT_EQ(append_json(arena_, "7", "1"), "[1]");
  EXPECT_EQ(append_json(arena_, std::nullopt, "1"), "[1]");
  EXPECT_EQ(append_json(arena_, "{}", "1"), "{}");
}

TEST_F(JsonObjectTest, Depth_IsBounded) {
  const auto nested = [](size_t depth) { return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}"; };
  EXPECT_EQ(fault(nested(JsonScanner::kMaxDepth)), JsonObject::Fault::kNone);
  EXPECT_EQ(fault(nested(JsonScanner::kMaxDepth + 1)), JsonObject::Fault::kMalformed);
}

TEST_F(JsonObjectTest, TooManyMembers_AreNotRead) {
  std::string text = "{\"a\":0";
  for (int i = 0; i < 40000; ++i) text += ",\"a\":0";
  EXPECT_EQ(fault(text + "}"), JsonObject::Fault::kNoMemory);
}

class MultipartTest : public ::testing::Test {
 protected:
  std::optional<MultipartBody> parse(std::string_view body, std::string_view type = "multipart/form-data; boundary=B") {
    const auto form = MultipartBody::parse(arena_, type, body, 4);
    return form ? std::optional(*form) : std::nullopt;
  }

  test::TestWorker worker_;
  Arena arena_{worker_.blocks};
};

constexpr std::string_view kForm =
    "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
    "--B\r\nContent-Type: text/x\r\ncontent-disposition: form-data; filename=\"f\"; name=b\r\n\r\n\r\n--C\r\n--B--\r\n";

TEST_F(MultipartTest, UntouchedParts_AreWrittenAsTheyCame) {
  auto form = parse(kForm);
  ASSERT_TRUE(form);
  EXPECT_EQ(form->encode(), kForm);
  EXPECT_EQ(form->find("a"), "1");
  EXPECT_EQ(form->find("b"), "\r\n--C");
  form->remove("b");
  ASSERT_TRUE(form->add("n", "v"));
  EXPECT_EQ(form->encode(),
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
            "--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n--B--\r\n");
}

TEST_F(MultipartTest, WhatIsNotDivided_IsRefused) {
  EXPECT_FALSE(parse(kForm, "multipart/form-data"));
  EXPECT_FALSE(parse(kForm, "multipart/form-data; boundary="));
  EXPECT_FALSE(parse(kForm, "multipart/form-data; boundary=X"));
  EXPECT_FALSE(parse(kForm.substr(0, kForm.size() - 6)));
  EXPECT_FALSE(parse("--B\r\nno head\r\n--B--\r\n"));
  EXPECT_TRUE(parse(""));
}

constexpr char kConsumers[] = "consumers: [{username: ann, keyauth_credentials: [{key: k 1}]}]\n";

TEST(KeyAuthInBody, EveryKindOfBody_IsLookedInto) {
  TestGateway gateway(policy_with("{name: key-auth, config: {key_in_body: true}}", kConsumers));
  EXPECT_TRUE(gateway.post("/r", "application/json", R"({"apikey":"k\u00201"})").proxied);
  EXPECT_TRUE(gateway.post("/r", "application/x-www-form-urlencoded", "a=1&apikey=k+1").proxied);
  EXPECT_TRUE(gateway
                  .post("/r", "multipart/form-data; boundary=B",
                        "--B\r\nContent-Disposition: form-data; name=\"apikey\"\r\n\r\nk 1\r\n--B--\r\n")
                  .proxied);
  EXPECT_TRUE(gateway.post("/r", "Application/JSON-x; a=b", R"({"apikey":"k 1"})").proxied);
  EXPECT_EQ(gateway.post("/r", "text/plain", "apikey=k+1").status, 401);
  EXPECT_EQ(gateway.post("/r", "x-application/json", R"({"apikey":"k 1"})").status, 401);
  EXPECT_EQ(gateway.post("/r", "application/json", "{\"apikey\":").status, 401);
}

TEST(KeyAuthInBody, ArgumentWithoutAValue_HidesTheBody) {
  TestGateway gateway(policy_with("{name: key-auth, config: {key_in_body: true}}", kConsumers));
  EXPECT_EQ(gateway.post("/r?apikey", "application/json", R"({"apikey":"k 1"})").status, 401);
}

TEST(KeyAuthInBody, SeveralKeys_AreRefused) {
  TestGateway gateway(policy_with("{name: key-auth, config: {key_in_body: true}}", kConsumers));
  for (const char* body : {R"({"apikey":["k 1"]})", R"({"apikey":{}})"}) {
    EXPECT_NE(gateway.post("/r", "application/json", body).body.find("Duplicate API key found"), std::string::npos);
  }
}

TEST(KeyAuthInBody, HiddenKey_LeavesTheBody) {
  TestGateway gateway(policy_with("{name: key-auth, config: {key_in_body: true, hide_credentials: true}}", kConsumers));
  EXPECT_EQ(gateway.post("/r", "application/json", R"({"apikey":"k 1","n":1.0})").upstream_body, R"({"n":1.0})");
  EXPECT_EQ(gateway.post("/r", "application/x-www-form-urlencoded", "z=1&apikey=k+1&a=%20").upstream_body, "a=%20&z=1");
}

TEST(RequestBodyTransform, BodyThatDoesNotParse_PassesCounted) {
  TestGateway gateway(policy_with("{name: request-transformer, config: {add: {body: ['a:1']}}}"));
  EXPECT_EQ(gateway.post("/r", "application/json", "{\"a\":").upstream_body, "{\"a\":");
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayBodyMalformed), 1u);
}

TEST(RequestBodyTransform, LargeIntegers_KeepTheirDigits) {
  TestGateway gateway(policy_with("{name: request-transformer, config: {add: {body: ['a:$(headers.x)']}}}"));
  const auto outcome = gateway.post("/r", "application/json", R"({"n":123456789012345678901})", {{"X", "\"q\""}});
  EXPECT_EQ(outcome.upstream_body, R"({"n":123456789012345678901,"a":"\"q\""})");
}

TEST(RequestBodyTransform, LongBody_PassesCounted) {
  TestGateway gateway(policy_with("{name: request-transformer, config: {remove: {body: [a]}}}"));
  const std::string body = "{\"a\":\"" + std::string(kMostBodyBytes, 'x') + "\"}";
  EXPECT_EQ(gateway.post("/r", "application/json", body).upstream_body, body);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayBodyTooLong), 1u);
}

TEST(RequestBodyTransform, FormUnderGet_MovesIntoTheQuery) {
  TestGateway gateway(policy_with("{name: request-transformer, config: {http_method: GET}}"));
  const auto outcome = gateway.post("/r?a=0", "application/x-www-form-urlencoded", "a=1&b");
  EXPECT_EQ(outcome.method, "GET");
  EXPECT_EQ(outcome.target, "/?a=0&a=1&b");
}

TEST(RequestBodyTransform, FormThatMovedIntoTheQuery_IsEditedThere) {
  TestGateway gateway(
      policy_with("{name: request-transformer, config: {http_method: GET, add: {querystring: ['c:3']}, "
                  "remove: {querystring: [b]}}}"));
  EXPECT_EQ(gateway.post("/r?a=0", "application/x-www-form-urlencoded", "a=1&b").target, "/?a=0&a=1&c=3");
}

TEST(RequestBodyTransform, FalseMember_IsNotRenamed) {
  TestGateway gateway(policy_with("{name: request-transformer, config: {rename: {body: ['a:x', 'b:y']}}}"));
  EXPECT_EQ(gateway.post("/r", "application/json", R"({"a":false,"b":null})").upstream_body, R"({"a":false,"y":null})");
}

TEST(RequestBodyTransform, NewName_MayBeATemplate) {
  TestGateway gateway(policy_with(
      "{name: request-transformer, config: {rename: {body: ['a:$(headers.absent)', 'b:x-$(query_params.q)']}}}"));
  EXPECT_EQ(gateway.post("/r?q=1", "application/json", R"({"a":1,"b":2})").upstream_body, R"({"":1,"x-1":2})");
  EXPECT_EQ(gateway.post("/r?q=1", "application/x-www-form-urlencoded", "b=2").upstream_body, "x-1=2");
}

TEST(RequestBodyTransform, NewNameOfAPart_EndsNoLine) {
  TestGateway gateway(policy_with("{name: request-transformer, config: {rename: {body: ['a:$(query_params.q)']}}}"));
  const std::string form = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--\r\n";
  EXPECT_EQ(gateway.post("/r?q=x%22%0D%0A%0D%0Ay", "multipart/form-data; boundary=B", form).upstream_body,
            "--B\r\nContent-Disposition: form-data; name=\"x%22%0D%0A%0D%0Ay\"\r\n\r\n1\r\n--B--\r\n");
}

struct UntouchedCase {
  const char* what;
  const char* config;
  const char* type;
  std::string body;
  bool untouched = true;
};

class UntouchedBody : public ::testing::TestWithParam<UntouchedCase> {};

TEST_P(UntouchedBody, PassesByteByByte) {
  const UntouchedCase& test = GetParam();
  TestGateway gateway(policy_with(std::string("{name: request-transformer, config: {") + test.config + "}}"));
  EXPECT_EQ(gateway.post("/r", test.type, test.body).upstream_body == test.body, test.untouched) << test.what;
}

constexpr char kFormType[] = "application/x-www-form-urlencoded";
constexpr char kMultipartType[] = "multipart/form-data; boundary=B";
constexpr char kSpacedJson[] = "{ \"b\": 1, \"a\": 2 }";
constexpr char kUnsortedForm[] = "b=%7e&a=1";
// Its preamble is not written again.
constexpr char kPreamble[] = "x\r\n--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--\r\n";

INSTANTIATE_TEST_SUITE_P(
    Table, UntouchedBody,
    ::testing::Values(UntouchedCase{"json rename", "rename: {body: ['z:y', 'a:a']}", "application/json", kSpacedJson},
                      UntouchedCase{"json replace", "replace: {body: ['z:1']}", "application/json", kSpacedJson},
                      UntouchedCase{"json add", "add: {body: ['a:1']}", "application/json", kSpacedJson},
                      UntouchedCase{"json remove", "remove: {body: [z]}", "application/json", kSpacedJson, false},
                      UntouchedCase{"json append", "append: {body: ['a:1']}", "application/json", kSpacedJson, false},
                      UntouchedCase{"json found", "replace: {body: ['a:1']}", "application/json", kSpacedJson, false},
                      UntouchedCase{"form rename", "rename: {body: ['z:y', 'a:a']}", kFormType, kUnsortedForm},
                      UntouchedCase{"form replace", "replace: {body: ['z:1']}", kFormType, kUnsortedForm},
                      UntouchedCase{"form add", "add: {body: ['a:1']}", kFormType, kUnsortedForm},
                      UntouchedCase{"form remove", "remove: {body: [z]}", kFormType, kUnsortedForm, false},
                      UntouchedCase{"form append", "append: {body: ['a:1']}", kFormType, kUnsortedForm, false},
                      UntouchedCase{"form found", "rename: {body: ['a:c']}", kFormType, kUnsortedForm, false},
                      UntouchedCase{"multipart rename", "rename: {body: ['z:y', 'a:a']}", kMultipartType, kPreamble},
                      UntouchedCase{"multipart replace", "replace: {body: ['z:1']}", kMultipartType, kPreamble},
                      UntouchedCase{"multipart add", "add: {body: ['a:1']}", kMultipartType, kPreamble},
                      UntouchedCase{"multipart append", "append: {body: ['a:1']}", kMultipartType, kPreamble},
                      UntouchedCase{"multipart remove", "remove: {body: [z]}", kMultipartType, kPreamble, false},
                      UntouchedCase{"multipart found", "replace: {body: ['a:2']}", kMultipartType, kPreamble, false}));

TEST(ResponseBodyTransform, ErrorsOfOurOwn_AreEditedToo) {
  TestGateway gateway(
      policy_with("{name: request-termination}, "
                  "{name: response-transformer, config: {remove: {json: [message]}, add: {json: ['n:5', 'x:y'], "
                  "json_types: [number, number]}}}"));
  EXPECT_EQ(gateway.get("/r").body, R"({"n":5})");
}

TEST(ResponseBodyTransform, TypesOfBodies_DecideWhatIsEdited) {
  TestGateway gateway(policy_with("{name: response-transformer, config: {add: {json: ['a:1']}}}"));
  const auto body_of = [&](const char* type) {
    return gateway
        .serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"}, {.headers = {{"Content-Type", type}}, .body = "{}"})
        .body;
  };
  EXPECT_EQ(body_of("application/json"), R"({"a":"1"})");
  EXPECT_EQ(body_of("Application/Problem+JSON; charset=utf-8"), R"({"a":"1"})");
  EXPECT_EQ(body_of("text/plain, application/json"), R"({"a":"1"})") << "a list of types, as Kong takes it";
  EXPECT_EQ(body_of("text/json"), "{}");
  EXPECT_EQ(body_of("application/jsonx"), "{}");
}

TEST(ResponseBodyTransform, TypeThatTheHeaderRulesLeave_Decides) {
  TestGateway gateway(policy_with(
      "{name: response-transformer, config: {replace: {headers: ['Content-Type:text/plain']}, add: {json: ['a:1']}}}"));
  const auto outcome = gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"},
                                     {.headers = {{"Content-Type", "application/json"}}, .body = "{}"});
  EXPECT_EQ(outcome.body, "{}");
  EXPECT_EQ(value_of(outcome.headers, "Content-Type"), "text/plain; charset=UTF-8");
}

struct JsonNumberCase {
  const char* value;
  const char* json;
};

// A value is what Lua's tonumber() makes of it, written with fourteen digits.
TEST(ResponseBodyTransform, Numbers_AreReadAndWrittenAsByKong) {
  for (const auto& [value, json] :
       {JsonNumberCase{"007", "7"}, JsonNumberCase{"+5", "5"}, JsonNumberCase{"-5", "-5"},
        JsonNumberCase{"1e3", "1000"}, JsonNumberCase{"1.50", "1.5"}, JsonNumberCase{".5", "0.5"},
        JsonNumberCase{"5.", "5"}, JsonNumberCase{"0x1F", "31"}, JsonNumberCase{"-0X.8p1", "-1"},
        JsonNumberCase{"0b101", "5"}, JsonNumberCase{" 7 ", "7"}, JsonNumberCase{"-0", "-0"},
        JsonNumberCase{"1e-999", "0"}, JsonNumberCase{"12345678901234567890", "1.2345678901235e+19"}}) {
    TestGateway gateway(policy_with(std::string("{name: response-transformer, config: {add: {json: ['n:") + value +
                                    "'], json_types: [number]}}}"));
    const auto outcome = gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"},
                                       {.headers = {{"Content-Type", "application/json"}}, .body = "{}"});
    EXPECT_EQ(outcome.body, std::string("{\"n\":") + json + "}") << value;
  }
}

TEST(ResponseBodyTransform, WhatIsNoNumber_DoesNothing) {
  for (const char* value :
       {"x", "1x", "- 1", "+-1", "0x", "0xg", "0b2", "0b1.", ".", "1e", "1 2", "infx", "0x-1", "nan(1)"}) {
    TestGateway gateway(policy_with(std::string("{name: response-transformer, config: {add: {json: ['n:") + value +
                                    "', 'b:true'], json_types: [number, boolean]}}}"));
    const auto outcome = gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"},
                                       {.headers = {{"Content-Type", "application/json"}}, .body = "{}"});
    EXPECT_EQ(outcome.body, R"({"b":true})") << value;
  }
}

TEST(ResponseBodyTransform, NumberThatJsonDoesNotHave_LeavesTheBodyAsItCame) {
  for (const char* value : {"inf", "-Infinity", "nan", "1e999"}) {
    TestGateway gateway(
        policy_with(std::string("{name: response-transformer, config: {remove: {json: [a]}, add: {json: "
                                "['n:") +
                    value + "'], json_types: [number]}}}"));
    const auto body_of = [&](const char* body) {
      return gateway
          .serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"},
                 {.headers = {{"Content-Type", "application/json"}}, .body = body})
          .body;
    };
    EXPECT_EQ(body_of(R"({ "a":1})"), R"({ "a":1})") << value;
    EXPECT_EQ(body_of(R"({"a":1,"n":2})"), R"({"n":2})") << "it was not to be added";
  }
}

// Kong makes JSON of a text twice, but of its quotes.
TEST(ResponseBodyTransform, Backslashes_AreDoubled) {
  TestGateway gateway(policy_with(R"({name: response-transformer, config: {add: {json: ["a:x\\y\"z/\t\x01\x7f"]}}})"));
  const auto outcome = gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"},
                                     {.headers = {{"Content-Type", "application/json"}}, .body = "{}"});
  EXPECT_EQ(outcome.body, R"({"a":"x\\\\y\"z/\\t\\u0001\\u007f"})");
}

struct JsonRuleCase {
  const char* config;
  const char* body;
};

// What Kong makes of rules that say less, or more, than they should.
TEST(ResponseBodyTransform, OddRules_AreTakenAsKongTakesThem) {
  for (const auto& [config, body] : {JsonRuleCase{"remove: {json: ['a:b']}", R"({"b":2})"},
                                     JsonRuleCase{"rename: {json: ['a:']}", R"({"a":1,"b":2})"},
                                     JsonRuleCase{"rename: {json: ['a:a']}", R"({"b":2})"},
                                     JsonRuleCase{"add: {json: ['c:']}", R"({"a":1,"b":2,"c":"null"})"}}) {
    TestGateway gateway(policy_with(std::string("{name: response-transformer, config: {") + config + "}}"));
    const auto outcome = gateway.serve({.head = "GET /r HTTP/1.1\r\nHost: a\r\n\r\n"},
                                       {.headers = {{"Content-Type", "application/json"}}, .body = R"({"a":1,"b":2})"});
    EXPECT_EQ(outcome.body, body) << config;
  }
}

TEST(RequestEcho, Body_StandsThereTwice) {
  TestGateway gateway(policy_with("{name: request-termination, config: {echo: true}}"));
  const std::string body = gateway.post("/r", "application/json", R"({"a":12345678901234567890})").body;
  EXPECT_NE(body.find(R"("body":{"a":12345678901234567890})"), std::string::npos);
  EXPECT_NE(body.find(R"("raw_body":"{\"a\":12345678901234567890}")"), std::string::npos);
}

TEST(RequestEcho, BodyWithoutFields_StandsThereOnce) {
  TestGateway gateway(policy_with("{name: request-termination, config: {echo: true}}"));
  const std::string body = gateway.post("/r?=x&a=1", "application/json", "5").body;
  EXPECT_EQ(body.find(R"("body":)"), std::string::npos);
  EXPECT_NE(body.find(R"("raw_body":"5")"), std::string::npos);
  EXPECT_NE(body.find(R"("query":{"a":"1"})"), std::string::npos) << "an argument without a name is none";
}

TEST(RequestEcho, Length_StandsThereOnce) {
  TestGateway gateway(policy_with("{name: request-termination, config: {echo: true}}"));
  const std::string body = gateway.post("/r", "application/json", R"({"a":1})").body;
  constexpr std::string_view kLength = R"("content-length":"7")";
  const size_t at = body.find(kLength);
  ASSERT_NE(at, std::string::npos) << body;
  EXPECT_EQ(body.find("content-length", at + kLength.size()), std::string::npos) << body;
}

TEST(RequestEcho, Multipart_IsShownByTheNamesOfItsParts) {
  TestGateway gateway(policy_with("{name: request-termination, config: {echo: true}}"));
  const std::string form =
      "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"c\"; filename=\"f\"\r\n\r\n\"1\"\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nnameless\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\n2\r\n"
      "--b--\r\n";
  const std::string body = gateway.post("/r", "multipart/form-data; boundary=b", form).body;
  EXPECT_NE(body.find(R"("body":{"a":"v","c":["\"1\"","2"]})"), std::string::npos) << body;
}

}  // namespace
}  // namespace sluice::gateway
