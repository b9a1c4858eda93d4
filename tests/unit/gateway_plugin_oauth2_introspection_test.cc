// oauth2-introspection: what becomes of a request by what its token is. The test answers in control's stead.
#include "gateway/plugins/access_token.h"
#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

constexpr char kConsumers[] =
    "consumers:\n"
    "- {username: ann, custom_id: app-1, id: aaaaaaaa-0000-4000-8000-000000000001, keyauth_credentials: [{key: k}],\n"
    "   acls: [{group: gold}]}\n"
    "- {username: bob, custom_id: app-2, id: aaaaaaaa-0000-4000-8000-000000000002}\n"
    "- {username: guest, id: aaaaaaaa-0000-4000-8000-000000000009}\n";

std::string with(const std::string& config, const std::string& more = "") {
  return policy_with(
      "{name: oauth2-introspection, config: {introspection_url: 'http://as.example/introspect', "
      "authorization_value: Basic c2VjcmV0" +
          (config.empty() ? "" : ", " + config) + "}}" + more,
      kConsumers);
}

// A gateway whose authorization server knows these tokens.
class Gateway : public TestGateway {
 public:
  explicit Gateway(const std::string& config, const std::string& more = "") : TestGateway(with(config, more)) {
    control = [this](const IntrospectionQuestion& question) {
      const std::string_view token = question.token();
      if (token == "down") return Woken::kInVain;
      if (token == "busy") return Woken::kBusy;
      std::string answer = R"({"active":false,"username":"bob"})";
      if (token == "ann") answer = R"({"active":true,"username":"ann","client_id":"app-2","scope":"read write"})";
      if (token == "nobody") answer = R"({"active":true,"username":"eve","client_id":"app-9"})";
      if (token == "bare") answer = R"({"active":true})";
      if (token == "rich") answer = rich;
      return introspections().keep(*question.terms, question.key, answer, worker.clock.wall_now()) ? Woken::kServed
                                                                                                   : Woken::kInVain;
    };
  }

  Outcome bearer(const std::string& token, const Fields& more = {}) {
    Fields fields = {{"Authorization", "Bearer " + token}};
    fields.insert(fields.end(), more.begin(), more.end());
    return get("/r", fields);
  }

  std::string rich;
};

struct TokenCase {
  const char* what;
  const char* config;
  const char* target;
  Fields headers;
  const char* outcome;  // the consumer that the origin sees ("-": none), or an error of 401
};

class IntrospectionTable : public ::testing::TestWithParam<TokenCase> {};

TEST_P(IntrospectionTable, Decides) {
  Gateway gateway(GetParam().config);
  const auto outcome = gateway.get(GetParam().target, GetParam().headers);
  if (outcome.proxied) {
    const std::string consumer = all_values(outcome.upstream_headers, "X-Consumer-Username");
    EXPECT_EQ(consumer.empty() ? "-" : consumer, GetParam().outcome) << GetParam().what;
    return;
  }
  EXPECT_EQ(outcome.status, 401) << GetParam().what;
  EXPECT_NE(outcome.body.find(std::string("\"error\":\"") + GetParam().outcome + "\""), std::string::npos)
      << GetParam().what << ": " << outcome.body;
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayUnauthenticated), 1u);
}

constexpr char kMissing[] = "invalid_request";
constexpr char kInvalid[] = "invalid_token";

INSTANTIATE_TEST_SUITE_P(
    Table, IntrospectionTable,
    ::testing::Values(
        TokenCase{"bearer", "", "/r", {{"Authorization", "Bearer ann"}}, "ann"},
        TokenCase{"any case, any blanks", "", "/r", {{"authorization", "bEARER \t ann "}}, "ann"},
        TokenCase{"token", "", "/r", {{"Authorization", "Token ann"}}, "ann"},
        TokenCase{"argument", "", "/r?a=1&access_token=an%6e", {}, "ann"},
        TokenCase{"header before argument", "", "/r?access_token=ann", {{"Authorization", "Bearer x"}}, kInvalid},
        TokenCase{"none", "", "/r", {}, kMissing}, TokenCase{"empty argument", "", "/r?access_token=", {}, kMissing},
        TokenCase{"argument twice", "", "/r?access_token=ann&access_token=ann", {}, kMissing},
        TokenCase{"another scheme", "", "/r", {{"Authorization", "Basic ann"}}, kMissing},
        TokenCase{"no token", "", "/r", {{"Authorization", "Bearer"}}, kMissing},
        TokenCase{"three words", "", "/r", {{"Authorization", "Bearer ann x"}}, kMissing},
        TokenCase{"inactive", "", "/r", {{"Authorization", "Bearer bob"}}, kInvalid},
        TokenCase{"by client_id", "consumer_by: client_id", "/r", {{"Authorization", "Bearer ann"}}, "bob"},
        TokenCase{"no such user", "", "/r", {{"Authorization", "Bearer nobody"}}, "-"},
        TokenCase{"no such client", "consumer_by: client_id", "/r", {{"Authorization", "Bearer nobody"}}, "-"},
        TokenCase{"no user", "", "/r", {{"Authorization", "Bearer bare"}}, "-"},
        TokenCase{"anonymous without a token", "anonymous: guest", "/r", {}, "guest"},
        TokenCase{"anonymous, inactive", "anonymous: guest", "/r", {{"Authorization", "Bearer x"}}, "guest"},
        TokenCase{"anonymous, server down", "anonymous: guest", "/r", {{"Authorization", "Bearer down"}}, "guest"},
        TokenCase{"anonymous, server busy", "anonymous: guest", "/r", {{"Authorization", "Bearer busy"}}, "guest"},
        TokenCase{"an active token goes before anonymous",
                  "anonymous: guest",
                  "/r",
                  {{"Authorization", "Bearer ann"}},
                  "ann"},
        TokenCase{"too long", "", "/r", {{"Authorization", "Bearer " + std::string(8193, 'x')}}, kInvalid}));

TEST(Oauth2Introspection, Challenge_SaysWhatIsWrong) {
  Gateway gateway("");
  EXPECT_EQ(value_of(gateway.get("/r").headers, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(value_of(gateway.bearer("x").headers, "WWW-Authenticate"),
            R"(Bearer error="invalid_token", error_description="The access token is invalid or has expired")");
}

TEST(Oauth2Introspection, Answer_IsRememberedForTheNextRequest) {
  Gateway gateway("");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(gateway.bearer("ann").status, 200);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(gateway.bearer("x").status, 401);
  EXPECT_EQ(gateway.asked().size(), 2u);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayIntrospectionsKnown), 4u);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayIntrospectionsInactive), 3u);
  gateway.worker.clock.advance(Duration::seconds(30));
  EXPECT_EQ(gateway.bearer("ann").status, 200);
  EXPECT_EQ(gateway.asked().size(), 3u);
}

TEST(Oauth2Introspection, ServerThatFails_IsAnUnexpectedErrorAndIsAskedAgain) {
  Gateway gateway("");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(gateway.bearer("down").status, 500);
  EXPECT_EQ(gateway.asked().size(), 2u);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayIntrospectionsFailed), 2u);
}

TEST(Oauth2Introspection, TooManyQuestions_AreAnswered503) {
  Gateway gateway("");
  EXPECT_EQ(gateway.bearer("busy").status, 503);
  gateway.fill_desk();
  EXPECT_EQ(gateway.bearer("ann").status, 503);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayIntrospectionsBusy), 2u);
}

TEST(Oauth2Introspection, Question_HasWhatThePolicySays) {
  Gateway gateway(
      "token_type_hint: access_token, timeout: 1500, keepalive: 7000, ttl: 2.5, "
      "custom_introspection_headers: {X-Tenant: t}, custom_claims_forward: [tenant]");
  gateway.bearer("ann");
  const IntrospectionQuestion& question = gateway.asked().at(0);
  EXPECT_EQ(question.token(), "ann");
  EXPECT_EQ(question.method(), "");
  EXPECT_EQ(question.path(), "");
  EXPECT_EQ(question.terms->url, "http://as.example/introspect");
  EXPECT_EQ(question.terms->headers, (std::vector<std::string>{"Authorization: Basic c2VjcmV0", "X-Tenant: t"}));
  EXPECT_EQ(question.terms->token_type_hint, "access_token");
  EXPECT_EQ(question.terms->timeout, Duration::milliseconds(1500));
  EXPECT_EQ(question.terms->keepalive, Duration::seconds(7));
  EXPECT_EQ(question.terms->ttl, Duration::milliseconds(2500));
  EXPECT_EQ(question.terms->claims.back(), "tenant");
}

TEST(Oauth2Introspection, RequestThatIsTold_HasAnswersOfItsOwn) {
  Gateway gateway("introspect_request: true");
  const Fields ann = {{"Authorization", "Bearer ann"}};
  gateway.get("/r/one?x=1", ann);
  gateway.get("/r/one?x=2", ann);
  gateway.get("/r/two", ann);
  gateway.send("DELETE", "/r/one", ann);
  ASSERT_EQ(gateway.asked().size(), 3u);
  EXPECT_EQ(gateway.asked()[0].path(), "/r/one");
  EXPECT_EQ(gateway.asked()[1].path(), "/r/two");
  EXPECT_EQ(gateway.asked()[2].method(), "DELETE");
  EXPECT_EQ(gateway.asked()[2].token(), "ann");
}

TEST(Oauth2Introspection, PathThatIsWrittenInAnotherWay_IsTheSame) {
  Gateway gateway("introspect_request: true");
  for (const char* target : {"/r/x/../one", "/r/%6fne", "/r/one", "//r//one"}) {
    gateway.get(target, {{"Authorization", "Bearer ann"}});
  }
  ASSERT_EQ(gateway.asked().size(), 1u);
  EXPECT_EQ(gateway.asked()[0].path(), "/r/one");
}

TEST(Oauth2Introspection, PathThatIsTold_IsEscaped) {
  Gateway gateway("introspect_request: true");
  gateway.get("/r/a%0d%0aX-Request-Path:%20/b", {{"Authorization", "Bearer ann"}});
  ASSERT_EQ(gateway.asked().size(), 1u);
  EXPECT_EQ(gateway.asked()[0].path(), "/r/a%0D%0AX-Request-Path:%20/b");
}

TEST(Oauth2Introspection, PathThatIsTooLongOnceEscaped_IsNotAskedAbout) {
  Gateway gateway("introspect_request: true");
  std::string target = "/r/";
  for (size_t i = 0; i < 1500; ++i) target += "%01";
  EXPECT_EQ(gateway.get(target, {{"Authorization", "Bearer " + std::string(5000, 'x')}}).status, 401);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayIntrospectionsTooLong), 1u);
}

TEST(Oauth2Introspection, Claims_AreToldToTheOrigin) {
  Gateway gateway("custom_claims_forward: [tenant, absent]");
  gateway.rich = R"({"active":true,"username":"ann","client_id":"c","scope":"a b","token_type":"Bearer","exp":99,)"
                 R"("iat":1,"nbf":2,"sub":"s","aud":["x","y"],"iss":"i","jti":"j","tenant":"t"})";
  const auto outcome = gateway.bearer("rich", {{"X-Credential-Absent", "forged"}, {"x-credential-scope", "forged"}});
  const std::pair<const char*, const char*> told[] = {
      {"Identifier", "ann"}, {"Client-ID", "c"}, {"Scope", "a b"}, {"Token-Type", "Bearer"}, {"Exp", "99"},
      {"Iat", "1"},          {"Nbf", "2"},       {"Sub", "s"},     {"Aud", "x, y"},          {"Iss", "i"},
      {"Jti", "j"},          {"Tenant", "t"},    {"Absent", ""}};
  for (const auto& [name, value] : told) {
    EXPECT_EQ(all_values(outcome.upstream_headers, std::string("X-Credential-") + name), value) << name;
  }
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Consumer-Custom-ID"), "app-1");
}

TEST(Oauth2Introspection, ForgedIdentity_GoesWhoeverComes) {
  const Fields forged = {
      {"X-Credential-Scope", "admin"}, {"X-Consumer-ID", "evil"}, {"X-Credential-Identifier", "evil"}};
  for (const char* token : {"bare", "x"}) {
    Gateway gateway("anonymous: guest");
    const auto outcome = gateway.bearer(token, forged);
    EXPECT_EQ(all_values(outcome.upstream_headers, "X-Credential-Scope"), "") << token;
    EXPECT_EQ(all_values(outcome.upstream_headers, "X-Credential-Identifier"), "") << token;
    EXPECT_NE(all_values(outcome.upstream_headers, "X-Consumer-ID"), "evil") << token;
  }
}

TEST(Oauth2Introspection, HiddenCredential_LeavesTheRequest) {
  Gateway gateway("hide_credentials: true, anonymous: guest");
  for (const char* token : {"ann", "x"}) {
    EXPECT_EQ(all_values(gateway.bearer(token).upstream_headers, "Authorization"), "") << token;
    EXPECT_EQ(gateway.get(std::string("/r?a=1&access_token=") + token).target, "/?a=1") << token;
    const auto outcome =
        gateway.post("/r", "application/x-www-form-urlencoded", std::string("a=1&access_token=") + token);
    EXPECT_EQ(outcome.upstream_body, "a=1") << token;
  }
}

TEST(Oauth2Introspection, HiddenCredential_LeavesEveryPlace) {
  Gateway gateway("hide_credentials: true, anonymous: guest");
  const auto both = gateway.get("/r?access_token=T2&a=1&access_token=T3", {{"Authorization", "Bearer ann"}});
  EXPECT_EQ(all_values(both.upstream_headers, "X-Consumer-Username"), "ann");
  EXPECT_EQ(both.target, "/?a=1");
  EXPECT_EQ(all_values(both.upstream_headers, "Authorization"), "");
  const auto basic = gateway.get("/r?access_token=ann", {{"Authorization", "Basic YTpi"}});
  EXPECT_EQ(all_values(basic.upstream_headers, "X-Consumer-Username"), "ann");
  EXPECT_EQ(all_values(basic.upstream_headers, "Authorization"), "Basic YTpi") << "no token";
  const auto repeated = gateway.get("/r?access_token=ann&access_token=ann");
  EXPECT_EQ(all_values(repeated.upstream_headers, "X-Consumer-Username"), "guest");
  EXPECT_EQ(repeated.target, "/");
  EXPECT_EQ(gateway.get("/r?a=%7e&b", {{"Authorization", "Bearer ann"}}).target, "/?a=%7e&b") << "nothing to hide";
}

TEST(Oauth2Introspection, TokenInABody_IsFound) {
  Gateway gateway("");
  const auto form = gateway.post("/r", "application/x-www-form-urlencoded", "access_token=ann");
  EXPECT_EQ(all_values(form.upstream_headers, "X-Consumer-Username"), "ann");
  EXPECT_EQ(form.upstream_body, "access_token=ann");
  EXPECT_EQ(gateway.post("/r", "application/json", R"({"access_token":"ann"})").status, 200);
  EXPECT_EQ(gateway.post("/r", "text/plain", "access_token=ann").status, 401);
}

TEST(Oauth2Introspection, BodyThatIsNotLookedInto_IsNotReadEither) {
  const auto is_read = [](std::string_view type) {
    test::TestWorker worker;
    Arena arena(worker.blocks);
    http::Request request(arena);
    request.method = "POST";
    EXPECT_TRUE(request.headers.set("Content-Type", type));
    http::RequestContext http(worker.context, arena, request);
    return body_for_access_token(Context(http)) > 0;
  };
  EXPECT_TRUE(is_read("Application/JSON; charset=utf-8"));
  EXPECT_FALSE(is_read("text/plain; application/json"));
}

TEST(Oauth2Introspection, Preflight_IsLeftAloneOnDemand) {
  Gateway gateway("run_on_preflight: false");
  const auto outcome = gateway.send("OPTIONS", "/r", {{"X-Credential-Scope", "forged"}});
  EXPECT_TRUE(outcome.proxied);
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Credential-Scope"), "");
  EXPECT_EQ(gateway.get("/r").status, 401);
}

TEST(Oauth2Introspection, WithAnotherPlugin_BothMustPassOrOneSuffices) {
  const std::string key = ", {name: key-auth, config: {";
  Gateway both("", key + "}}");
  EXPECT_EQ(both.bearer("ann").status, 401);
  EXPECT_EQ(both.get("/r?apikey=k").status, 401);
  EXPECT_EQ(both.bearer("nobody", {{"apikey", "k"}}).status, 200);
  Gateway one("anonymous: guest", key + "anonymous: guest}}");
  EXPECT_EQ(all_values(one.bearer("ann").upstream_headers, "X-Consumer-Username"), "ann");
  EXPECT_EQ(all_values(one.get("/r?apikey=k").upstream_headers, "X-Consumer-Username"), "ann");
  EXPECT_EQ(all_values(one.bearer("nobody").upstream_headers, "X-Consumer-Username"), "")
      << "a token that is no consumer's is a credential all the same";
  EXPECT_EQ(all_values(one.get("/r").upstream_headers, "X-Anonymous-Consumer"), "true");
}

TEST(Oauth2Introspection, TokenOfNoConsumer_IsInNoGroup) {
  Gateway allowing("", ", {name: acl, config: {allow: [gold]}}");
  EXPECT_EQ(allowing.bearer("ann").status, 200);
  EXPECT_EQ(allowing.bearer("nobody").status, 403);
  Gateway denying("", ", {name: acl, config: {deny: [lead]}}");
  EXPECT_EQ(denying.bearer("nobody").status, 403);
}

TEST(Oauth2Introspection, TokensOfNoConsumer_HaveRateLimitsOfTheirOwn) {
  Gateway gateway("", ", {name: rate-limiting, config: {hour: 1}}");
  EXPECT_EQ(gateway.bearer("nobody").status, 200);
  EXPECT_EQ(gateway.bearer("nobody").status, 429);
  EXPECT_EQ(gateway.bearer("bare").status, 200);
}

TEST(Oauth2Introspection, TokensOfNoConsumer_ShareNoCachedAnswer) {
  Gateway gateway("", ", {name: proxy-cache, config: {strategy: memory, content_type: [text/plain]}}");
  const TestGateway::OriginAnswer answer{.headers = {{"Content-Type", "text/plain"}}, .body = "mine"};
  const auto ask = [&](const char* token) {
    const auto outcome = gateway.serve(
        {.head = TestGateway::head_of("GET", "/r", {{"Authorization", std::string("Bearer ") + token}})}, answer);
    return value_of(outcome.headers, "X-Cache-Status").value_or("");
  };
  EXPECT_EQ(ask("nobody"), "Miss");
  EXPECT_EQ(ask("nobody"), "Hit");
  EXPECT_EQ(ask("bare"), "Miss");
}

// The token in Authorization is what proved who asks: under cache_control such an answer is kept where it says so.
TEST(Oauth2Introspection, TokenInAuthorization_MayBeAnsweredFromTheCache) {
  Gateway gateway("",
                  ", {name: proxy-cache, config: {strategy: memory, cache_control: true, content_type: [text/plain]}}");
  const TestGateway::OriginAnswer answer{
      .headers = {{"Content-Type", "text/plain"}, {"Cache-Control", "public, max-age=9"}}, .body = "mine"};
  const auto ask = [&](const char* target, const char* authorization) {
    const auto outcome =
        gateway.serve({.head = TestGateway::head_of("GET", target, {{"Authorization", authorization}})}, answer);
    return value_of(outcome.headers, "X-Cache-Status").value_or("");
  };
  EXPECT_EQ(ask("/r", "Bearer nobody"), "Miss");
  EXPECT_EQ(ask("/r", "Bearer nobody"), "Hit");
  EXPECT_EQ(ask("/r?access_token=nobody", "Basic x"), "Bypass");
}

}  // namespace
}  // namespace sluice::gateway
