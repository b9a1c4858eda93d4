#include "gateway/plugins/cache_key.h"
#include "gateway_plugin_support.h"
#include "token_maker.h"

namespace sluice::gateway {
namespace {

std::string cached(const std::string& config = "") {
  return policy_with("{name: proxy-cache, config: {strategy: memory" + config + "}}");
}

class ProxyCache : public ::testing::Test {
 protected:
  static constexpr char kJson[] = "application/json";

  TestGateway::Outcome get(TestGateway& gateway, const Fields& request = {}, Fields answer = {},
                           const std::string& target = "/r") {
    if (!value_of(answer, "Content-Type")) answer.emplace_back("Content-Type", kJson);
    return gateway.serve({.head = TestGateway::head_of("GET", target, request)},
                         {.headers = answer, .body = "{\"n\":" + std::to_string(++served_) + "}"});
  }
  // The origin answers a HEAD: `asked` is the method that the gateway sees, which an edge rule may have changed.
  static TestGateway::Outcome head(TestGateway& gateway, const Fields& answer, const std::string& asked = "HEAD") {
    TestGateway::OriginAnswer origin{.headers = answer, .for_head = true};
    origin.headers.emplace_back("Content-Type", kJson);
    return gateway.serve({.head = TestGateway::head_of(asked, "/r", {})}, origin);
  }
  static std::string status(const TestGateway::Outcome& outcome) {
    return value_of(outcome.headers, "X-Cache-Status").value_or("none");
  }

 private:
  int served_ = 0;
};

TEST_F(ProxyCache, SecondRequest_GetsTheFirstOnesAnswer) {
  TestGateway gateway(cached());
  const auto first = get(gateway, {}, {{"X-Kept", "1"}, {"ETag", "\"t\""}});
  EXPECT_EQ(status(first), "Miss");
  gateway.worker.clock.advance(Duration::seconds(7));
  const auto second = get(gateway);
  EXPECT_EQ(status(second), "Hit");
  EXPECT_FALSE(second.proxied);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(value_of(second.headers, "X-Kept"), "1");
  EXPECT_EQ(value_of(second.headers, "age"), "7");
  EXPECT_EQ(value_of(second.headers, "X-Cache-Key"), value_of(first.headers, "X-Cache-Key"));
}

TEST_F(ProxyCache, ClientThatHasIt_GetsNoBody) {
  TestGateway gateway(cached());
  get(gateway, {}, {{"ETag", "\"t\""}, {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}});
  for (const Fields& request : {Fields{{"If-None-Match", "\"x\", W/\"t\""}}, Fields{{"If-None-Match", "*"}},
                                Fields{{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}}) {
    const auto outcome = get(gateway, request);
    EXPECT_EQ(outcome.status, 304);
    EXPECT_EQ(outcome.body, "");
  }
  EXPECT_EQ(get(gateway, {{"If-None-Match", "\"x\""}}).status, 200);
}

TEST_F(ProxyCache, PreconditionThatFails_GetsNoAnswer) {
  constexpr char kEarlier[] = "Sun, 06 Nov 1994 08:49:36 GMT";
  constexpr char kModified[] = "Sun, 06 Nov 1994 08:49:37 GMT";
  TestGateway gateway(cached());
  get(gateway, {}, {{"ETag", "W/\"t\""}, {"Last-Modified", kModified}});
  EXPECT_EQ(get(gateway, {{"If-Match", "\"x\", W/\"t\""}}).status, 200);
  EXPECT_EQ(get(gateway, {{"If-Match", "*"}}).status, 200);
  EXPECT_EQ(get(gateway, {{"If-Unmodified-Since", kModified}}).status, 200);
  for (const Fields& request : {Fields{{"If-Match", "\"t\""}}, Fields{{"If-Unmodified-Since", kEarlier}},
                                Fields{{"If-Unmodified-Since", "x"}}}) {
    const auto outcome = get(gateway, request);
    EXPECT_EQ(outcome.status, 412);
    EXPECT_NE(outcome.body.find("Precondition failed"), std::string::npos) << outcome.body;
    EXPECT_EQ(status(outcome), "none");
  }
}

TEST_F(ProxyCache, OldAnswer_IsRefreshed) {
  TestGateway gateway(cached(", cache_ttl: 10, storage_ttl: 100"));
  get(gateway);
  gateway.worker.clock.advance(Duration::seconds(11));
  EXPECT_EQ(status(get(gateway)), "Refresh");
  EXPECT_EQ(status(get(gateway)), "Hit");
  gateway.worker.clock.advance(Duration::seconds(101));
  EXPECT_EQ(status(get(gateway)), "Miss");
}

TEST_F(ProxyCache, StorageOfNoSeconds_HasNoEnd) {
  TestGateway gateway(cached(", cache_ttl: 10, storage_ttl: 0"));
  EXPECT_EQ(status(get(gateway)), "Miss");
  EXPECT_EQ(status(get(gateway)), "Hit");
  gateway.worker.clock.advance(Duration::seconds(1'000'000));
  EXPECT_EQ(status(get(gateway)), "Refresh");
}

TEST_F(ProxyCache, Life_IsNotShorterThanSaid) {
  TestGateway gateway(cached(", cache_ttl: 1"));
  gateway.worker.clock.advance(Duration::milliseconds(900));
  get(gateway);
  gateway.worker.clock.advance(Duration::milliseconds(980));
  EXPECT_EQ(status(get(gateway)), "Hit") << "a second of the clock has begun, a second has not passed";
  gateway.worker.clock.advance(Duration::milliseconds(20));
  EXPECT_EQ(status(get(gateway)), "Miss");
}

TEST_F(ProxyCache, WhatIsNotListed_IsNotKept) {
  TestGateway gateway(cached());
  EXPECT_EQ(status(get(gateway, {}, {{"Content-Type", "text/html"}})), "Bypass");
  EXPECT_EQ(status(get(gateway, {}, {{"Content-Type", "application/json; charset=utf-8"}})), "Bypass");
  EXPECT_EQ(status(get(gateway)), "Miss");
  const auto post = gateway.post("/r", kJson, "{}");
  EXPECT_EQ(status(post), "Bypass");
  EXPECT_FALSE(value_of(post.headers, "X-Cache-Key"));
}

TEST_F(ProxyCache, CacheControl_OfAnswers) {
  TestGateway gateway(cached(", cache_control: true"));
  for (const char* said :
       {"", "no-store, max-age=9", "private, max-age=9", "max-age=0", "s-maxage=0, max-age=9", "max-age=x"}) {
    EXPECT_EQ(status(get(gateway, {}, {{"Cache-Control", said}})), "Bypass") << said;
  }
  EXPECT_EQ(status(get(gateway, {}, {{"Cache-Control", "public, s-maxage=9"}})), "Miss");
  gateway.worker.clock.advance(Duration::seconds(9));
  EXPECT_EQ(status(get(gateway)), "Bypass") << "it is gone, and the new one says nothing";
}

TEST_F(ProxyCache, CacheControl_OfRequests) {
  TestGateway gateway(cached(", cache_control: true, storage_ttl: 100"));
  EXPECT_EQ(get(gateway, {{"Cache-Control", "only-if-cached"}}).status, 504);
  get(gateway, {}, {{"Cache-Control", "max-age=10"}});
  gateway.worker.clock.advance(Duration::seconds(8));
  EXPECT_EQ(status(get(gateway, {{"Cache-Control", "max-age=9, min-fresh=2"}})), "Hit");
  EXPECT_EQ(status(get(gateway, {{"Cache-Control", "no-cache"}})), "Bypass");
  EXPECT_EQ(status(get(gateway, {{"Cache-Control", "min-fresh=3"}}, {{"Cache-Control", "no-store"}})), "Bypass");
}

TEST_F(ProxyCache, ArgumentsAndHeaders_TellRequestsApart) {
  TestGateway gateway(cached(", vary_headers: [X-Lang]"));
  EXPECT_EQ(status(get(gateway, {}, {}, "/r?a=1&b=2")), "Miss");
  EXPECT_EQ(status(get(gateway, {}, {}, "/r?b=2&a=1")), "Hit");
  EXPECT_EQ(status(get(gateway, {}, {}, "/r?a=1")), "Miss");
  EXPECT_EQ(status(get(gateway, {{"X-Lang", ""}}, {}, "/r?a=1")), "Miss") << "there, but empty";
  EXPECT_EQ(status(get(gateway, {{"X-Lang", "de"}}, {}, "/r?a=1")), "Miss");
  EXPECT_EQ(status(get(gateway, {{"X-Lang", "de"}}, {}, "/r?a=1")), "Hit");
}

TEST_F(ProxyCache, EveryValueOfAnArgumentOrHeader_Counts) {
  TestGateway gateway(cached(", vary_headers: [X-Lang], vary_query_params: [a, X-Lang]"));
  EXPECT_EQ(status(get(gateway, {}, {}, "/r?a=1&a=2&b=1")), "Miss");
  EXPECT_EQ(status(get(gateway, {}, {}, "/r?a=1&a=2&b=2")), "Hit");
  EXPECT_EQ(status(get(gateway, {}, {}, "/r?a=1&a=3")), "Miss");
  EXPECT_EQ(status(get(gateway, {{"X-Lang", "de"}, {"X-Lang", "en"}}, {}, "/r?a=1")), "Miss");
  EXPECT_EQ(status(get(gateway, {{"X-Lang", "de"}, {"X-Lang", "fr"}}, {}, "/r?a=1")), "Miss");
  EXPECT_EQ(status(get(gateway, {{"X-Lang", "de"}}, {}, "/r")), "Miss");
  EXPECT_EQ(status(get(gateway, {}, {}, "/r?X-Lang=de")), "Miss") << "an argument is not a header";
}

TEST_F(ProxyCache, OrderOfValues_DoesNotMatter) {
  TestGateway some(cached(", vary_headers: [X-Lang], vary_query_params: [a]"));
  EXPECT_EQ(status(get(some, {{"X-Lang", "de"}, {"X-Lang", "en"}}, {}, "/r?a=1&a=2")), "Miss");
  EXPECT_EQ(status(get(some, {{"X-Lang", "en"}, {"X-Lang", "de"}}, {}, "/r?a=2&a=1")), "Hit");
  TestGateway all(cached());
  EXPECT_EQ(status(get(all, {}, {}, "/r?a=1&a=2")), "Miss");
  EXPECT_EQ(status(get(all, {}, {}, "/r?a=2&a=1")), "Hit");
}

// A request's memory may end at any byte: between the values that are counted and those that are kept, too.
TEST(CacheKey, WithLittleRoom_IsMadeWholeOrNotAtAll) {
  test::TestWorker worker;
  const policy::Route route;
  policy::ProxyCacheConfig config;
  config.vary_query_params = {"a"};
  BlockPool one_block(BlockPool::kSizes.front());
  const auto make = [&](size_t used) {
    Arena arena(one_block);
    std::ranges::fill(arena.try_array<unsigned char>(4000), 0xff);  // what an array holds at first
    arena.clear();
    http::Request request(arena);
    request.method = "GET";
    request.path = "/r";
    http::RequestContext http(worker.context, arena, request);
    Context context(http);
    context.route = &route;
    context.upstream = {.method = "GET", .path = "/r", .query = "%61=1&%61=%32&%61=3"};
    EXPECT_NE(arena.try_allocate(used, 1), nullptr);
    const std::optional<CacheKey> key = make_cache_key(context, config);
    return key ? std::string(key->text) : std::string();
  };
  const std::string whole = make(1);
  EXPECT_EQ(whole.size(), 64u);
  size_t in_vain = 0;
  for (size_t used = 3600; used <= 4000; ++used) {
    const std::string text = make(used);
    EXPECT_TRUE(text.empty() || text == whole) << used;
    in_vain += text.empty() ? 1 : 0;
  }
  EXPECT_GT(in_vain, 0u);
  EXPECT_LT(in_vain, 400u);
}

TEST_F(ProxyCache, EmptyQuery_IsNotNone) {
  TestGateway gateway(cached());
  EXPECT_EQ(status(get(gateway)), "Miss");
  EXPECT_EQ(status(get(gateway, {}, {}, "/r?")), "Miss");
}

TEST_F(ProxyCache, HiddenHeaders_AreToldToAClientThatDebugs) {
  TestGateway gateway(cached(", response_headers: {age: false, X-Cache-Status: false, X-Cache-Key: false}"));
  get(gateway);
  const auto hidden = get(gateway);
  for (const char* name : {"age", "X-Cache-Status", "X-Cache-Key"})
    EXPECT_FALSE(value_of(hidden.headers, name)) << name;
  const auto told = get(gateway, {{"Kong-Debug", "1"}});
  EXPECT_EQ(status(told), "Hit");
  EXPECT_TRUE(value_of(told.headers, "age"));
  EXPECT_TRUE(value_of(told.headers, "X-Cache-Key"));
}

TEST_F(ProxyCache, ContentType_IsComparedByTypeAndParameters) {
  TestGateway gateway(cached(", content_type: [text/*, 'application/json; charset=utf-8']"));
  int n = 0;
  for (const auto& [type, expected] :
       std::vector<std::pair<std::string, std::string>>{{"text/html", "Miss"},
                                                        {"Text/CSV", "Miss"},
                                                        {"text/html; charset=utf-8", "Bypass"},
                                                        {"application/json;charset=utf-8", "Miss"},
                                                        {"application/json; Charset=\"utf-8\"", "Miss"},
                                                        {"application/json; charset=utf-8; v=1", "Bypass"},
                                                        {"application/json", "Bypass"},
                                                        {"text", "Bypass"},
                                                        {"/", "Bypass"}}) {
    EXPECT_EQ(status(get(gateway, {}, {{"Content-Type", type}}, "/r" + std::to_string(n++))), expected) << type;
  }
}

TEST_F(ProxyCache, CredentialsForTheOriginAlone_AreNotShared) {
  TestGateway gateway(cached(", cache_control: true"));
  const Fields fresh = {{"Cache-Control", "max-age=9"}};
  EXPECT_EQ(status(get(gateway, {{"Authorization", "Basic x"}}, fresh)), "Bypass");
  EXPECT_EQ(status(get(gateway, {}, fresh)), "Miss");
  EXPECT_EQ(status(get(gateway, {{"Authorization", "Basic y"}}, fresh)), "Bypass");
}

// With several ways to be known of which one is enough, an Authorization that none of them took is the origin's alone.
TEST_F(ProxyCache, AuthorizationThatProvedNothing_IsNotShared) {
  const Fields fresh = {{"Cache-Control", "public, max-age=9"}};
  TestGateway gateway(
      policy_with("{name: basic-auth, config: {anonymous: guest}}, {name: key-auth, config: {anonymous: guest}}, "
                  "{name: proxy-cache, config: {strategy: memory, cache_control: true}}",
                  "consumers:\n"
                  "- {username: guest}\n"
                  "- {username: app, keyauth_credentials: [{key: k}], basicauth_credentials: "
                  "[{username: app, password: p}]}\n"));
  EXPECT_EQ(status(get(gateway, {{"Authorization", "Bearer a"}}, fresh)), "Bypass") << "anonymous";
  EXPECT_EQ(status(get(gateway, {}, fresh)), "Miss") << "anonymous, and no credential for the origin";
  EXPECT_EQ(status(get(gateway, {{"apikey", "k"}, {"Authorization", "Bearer a"}}, fresh)), "Bypass") << "the key";
  EXPECT_EQ(status(get(gateway, {{"apikey", "k"}}, fresh)), "Miss");
  const Fields app = {{"Authorization", "Basic YXBwOnA="}};
  EXPECT_EQ(status(get(gateway, app, fresh)), "Hit") << "the same consumer, by Authorization";
}

TEST_F(ProxyCache, AuthorizationThatProvedTheConsumer_IsTaken) {
  const Fields fresh = {{"Cache-Control", "public, max-age=9"}};
  const std::string cache = ", {name: proxy-cache, config: {strategy: memory, cache_control: true}}";
  const std::string token =
      test::TokenMaker::with_secret(policy::JwsAlgorithm::kHs256, "secret").token(R"({"iss":"k"})");
  TestGateway jwt(
      policy_with("{name: jwt}" + cache, "consumers: [{username: ann, jwt_secrets: [{key: k, secret: secret}]}]\n"));
  EXPECT_EQ(status(get(jwt, {{"Authorization", "Bearer " + token}}, fresh)), "Miss");
  EXPECT_EQ(status(get(jwt, {{"Authorization", "Basic x"}}, fresh, "/r?jwt=" + token)), "Bypass");

  TestGateway hmac(
      policy_with("{name: hmac-auth, config: {clock_skew: 10000000000, hide_credentials: true}}" + cache,
                  "consumers: [{username: hal, hmacauth_credentials: [{username: hal, secret: hal-secret}]}]\n"));
  const std::pair<std::string, std::string> date = {"Date", "Mon, 01 Jan 2024 00:00:00 GMT"};
  const char* const good =
      "hmac username=\"hal\", algorithm=\"hmac-sha256\", headers=\"date\", "
      "signature=\"jQuLHBQRRCiPxARfX7lL8y1gkK6vnxaY3MquQsLEOQs=\"";
  EXPECT_EQ(status(get(hmac, {date, {"Authorization", good}}, fresh)), "Miss");
  EXPECT_EQ(status(get(hmac, {date, {"Proxy-Authorization", good}, {"Authorization", "Bearer x"}}, fresh)), "Bypass");

  TestGateway key(policy_with("{name: key-auth, config: {key_names: [authorization]}}" + cache,
                              "consumers: [{username: app, keyauth_credentials: [{key: k}]}]\n"));
  EXPECT_EQ(status(get(key, {{"Authorization", "k"}}, fresh)), "Miss");
}

// Jwt's credential may be that of an issuer: whoever the token is about, its consumer is the same.
TEST_F(ProxyCache, AnswerToAuthorization_IsKeptIfItSaysSo) {
  const std::string plugins =
      "{name: basic-auth, config: {hide_credentials: HIDE}}, "
      "{name: proxy-cache, config: {strategy: memory, cache_control: true}}";
  const std::string rest = "consumers:\n- {username: app, basicauth_credentials: [{username: app, password: p}]}\n";
  const Fields app = {{"Authorization", "Basic YXBwOnA="}};
  for (const std::string hidden : {"false", "true"}) {
    TestGateway gateway(policy_with(std::string(plugins).replace(plugins.find("HIDE"), 4, hidden), rest));
    EXPECT_EQ(status(get(gateway, app, {{"Cache-Control", "max-age=9"}})), "Bypass") << hidden;
    int n = 0;
    for (const char* said : {"public, max-age=9", "s-maxage=9", "must-revalidate, max-age=9"}) {
      const std::string target = "/r" + std::to_string(n++);
      EXPECT_EQ(status(get(gateway, app, {{"Cache-Control", said}}, target)), "Miss") << said << hidden;
      EXPECT_EQ(status(get(gateway, app, {}, target)), "Hit") << said << hidden;
    }
  }
  TestGateway lax(policy_with("{name: basic-auth}, {name: proxy-cache, config: {strategy: memory}}", rest));
  EXPECT_EQ(status(get(lax, app)), "Miss") << "without cache_control nobody asks";
}

TEST_F(ProxyCache, WhereTheRequestGoes_TellsRequestsApart) {
  TestGateway gateway(
      policy_with("{name: request-transformer, config: {replace: {uri: '/t/$(headers[\"x-tenant\"] or \"none\")', "
                  "headers: ['Host:$(headers[\"x-host\"] or \"a.example\")']}}}, "
                  "{name: proxy-cache, config: {strategy: memory}}"));
  EXPECT_EQ(status(get(gateway, {{"X-Tenant", "a"}})), "Miss");
  EXPECT_EQ(status(get(gateway, {{"X-Tenant", "a"}})), "Hit");
  EXPECT_EQ(status(get(gateway, {{"X-Tenant", "b"}})), "Miss") << "the path for the origin";
  EXPECT_EQ(status(get(gateway, {{"X-Tenant", "a"}, {"X-Host", "b.example"}})), "Miss") << "the host for the origin";
  TestGateway as_head(
      policy_with("{name: request-transformer, config: {http_method: HEAD}}, "
                  "{name: proxy-cache, config: {strategy: memory}}"));
  TestGateway as_it_is(cached());
  const auto key = value_of(get(as_head).headers, "X-Cache-Key");
  EXPECT_TRUE(key);
  EXPECT_NE(key, value_of(get(as_it_is).headers, "X-Cache-Key")) << "the method for the origin";
}

// Answers kept before a reload must not be taken for those of a key that tells more apart.
TEST_F(ProxyCache, WhatThePolicyTellsApart_IsInTheKey) {
  std::vector<std::string> keys;
  for (const char* config :
       {"", ", vary_headers: [X-Lang]", ", vary_headers: [X-Lang, X-Tenant]", ", vary_query_params: [lang]",
        ", vary_query_params: [lang, tenant]", ", ignore_uri_case: true", ", cache_control: true"}) {
    TestGateway gateway(cached(config));
    keys.push_back(value_of(get(gateway).headers, "X-Cache-Key").value_or("none"));
  }
  std::ranges::sort(keys);
  EXPECT_TRUE(std::ranges::adjacent_find(keys) == keys.end());
}

// An edge rule has made a GET of a HEAD: the key has GET, and no body came.
TEST_F(ProxyCache, AnswerToAHead_IsNoAnswerToAGet) {
  TestGateway gateway(cached());
  EXPECT_EQ(status(head(gateway, {{"Content-Length", "7"}}, "GET")), "Bypass");
  EXPECT_EQ(status(get(gateway)), "Miss");
}

TEST_F(ProxyCache, HitForAHead_SaysTheLengthOfTheAnswer) {
  TestGateway gateway(cached());
  EXPECT_EQ(status(head(gateway, {{"Content-Length", "7"}, {"ETag", "\"t\""}})), "Miss");
  const auto hit = head(gateway, {});
  EXPECT_EQ(status(hit), "Hit");
  EXPECT_EQ(value_of(hit.headers, "Content-Length"), "7");
  EXPECT_EQ(hit.body, "");
  const auto unchanged = gateway.serve({.head = TestGateway::head_of("HEAD", "/r", {{"If-None-Match", "*"}})});
  EXPECT_FALSE(value_of(unchanged.headers, "Content-Length")) << "a 304 has none";
}

TEST_F(ProxyCache, AnswerToAHeadWithoutLength_IsNotKept) {
  TestGateway gateway(cached());
  EXPECT_EQ(status(head(gateway, {})), "Bypass");
  EXPECT_EQ(status(head(gateway, {{"Content-Length", "7"}})), "Miss");
}

TEST_F(ProxyCache, ClockThatStepsBack_DoesNotMakeAnswersYounger) {
  TestGateway gateway(cached(", cache_ttl: 10"));
  get(gateway);
  const auto step_back = [&](Duration d) {
    Clock& clock = gateway.worker.clock;
    clock.set(clock.now(), WallTime{clock.wall_now().ns - d.ns});
  };
  step_back(Duration::seconds(1));
  EXPECT_EQ(status(get(gateway)), "Hit") << "of another worker, a moment later";
  step_back(Duration::seconds(3600));
  EXPECT_EQ(status(get(gateway)), "Miss");
}

// RFC 9111 4.2.3: what caches before this one have had of the answer's life is gone.
TEST_F(ProxyCache, AgeOnArrival_Counts) {
  TestGateway gateway(cached(", cache_control: true"));
  EXPECT_EQ(status(get(gateway, {}, {{"Cache-Control", "max-age=60"}, {"Age", "50"}})), "Miss");
  gateway.worker.clock.advance(Duration::seconds(5));
  const auto hit = get(gateway, {{"Cache-Control", "max-age=55"}});
  EXPECT_EQ(status(hit), "Hit");
  EXPECT_EQ(value_of(hit.headers, "age"), "55");
  EXPECT_EQ(status(get(gateway, {{"Cache-Control", "max-age=54"}}, {{"Cache-Control", "no-store"}})), "Bypass");
  gateway.worker.clock.advance(Duration::seconds(6));
  EXPECT_EQ(status(get(gateway)), "Bypass") << "61 s old, and the new one says nothing";
  EXPECT_EQ(status(get(gateway, {}, {{"Cache-Control", "max-age=60"}, {"Age", "60"}})), "Bypass");
  for (const char* nonsense : {"x", "-1", ""}) {
    EXPECT_EQ(
        status(get(gateway, {}, {{"Cache-Control", "max-age=60"}, {"Age", nonsense}}, std::string("/r/") + nonsense)),
        "Miss")
        << nonsense;
  }
  TestGateway by_configuration(cached(", cache_ttl: 60"));
  get(by_configuration, {}, {{"Age", "50"}});
  by_configuration.worker.clock.advance(Duration::seconds(59));
  EXPECT_EQ(status(get(by_configuration)), "Hit") << "cache_ttl is from now on";
}

// RFC 9111 4.2.1: both dates are of the origin's clock.
TEST_F(ProxyCache, Expires_IsHeldAgainstTheAnswersOwnDate) {
  TestGateway gateway(cached(", cache_control: true"));
  get(gateway, {}, {{"Date", "Sun, 06 Nov 1994 08:49:30 GMT"}, {"Expires", "Sun, 06 Nov 1994 08:49:37 GMT"}});
  gateway.worker.clock.advance(Duration::milliseconds(6900));
  EXPECT_EQ(status(get(gateway)), "Hit");
  gateway.worker.clock.advance(Duration::milliseconds(100));
  EXPECT_EQ(status(get(gateway)), "Bypass");
}

// RFC 9111 4.2.4: storage_ttl keeps an answer longer than it is good, for those who say that they take it.
TEST_F(ProxyCache, StaleAnswer_IsForWhoAsksForIt) {
  TestGateway gateway(cached(", cache_control: true, storage_ttl: 3600"));
  const Fields good = {{"Cache-Control", "max-age=1"}};
  get(gateway, {}, good);
  gateway.worker.clock.advance(Duration::seconds(5));
  EXPECT_EQ(status(get(gateway, {{"Cache-Control", "max-stale=4"}})), "Hit");
  EXPECT_EQ(status(get(gateway, {{"Cache-Control", "max-stale"}})), "Hit") << "of any age";
  EXPECT_EQ(status(get(gateway, {{"Cache-Control", "max-stale=3"}}, {{"Cache-Control", "no-store"}})), "Bypass");
  EXPECT_EQ(status(get(gateway, {}, good)), "Refresh");
  int n = 0;
  for (const char* said : {"s-maxage=1", "max-age=1, must-revalidate", "max-age=1, proxy-revalidate"}) {
    const std::string target = "/r/" + std::to_string(n++);
    get(gateway, {}, {{"Cache-Control", said}}, target);
    gateway.worker.clock.advance(Duration::seconds(5));
    EXPECT_EQ(status(get(gateway, {{"Cache-Control", "max-stale=9"}}, {{"Cache-Control", said}}, target)), "Refresh")
        << said;
  }
}

// RFC 9111 5.2.1.7.
TEST_F(ProxyCache, OnlyIfCached_NeverGoesToTheOrigin) {
  TestGateway gateway(cached(", cache_control: true, storage_ttl: 3600"));
  get(gateway, {}, {{"Cache-Control", "max-age=9"}});
  gateway.worker.clock.advance(Duration::seconds(5));
  const auto refused = get(gateway, {{"Cache-Control", "only-if-cached, max-age=4"}});
  EXPECT_EQ(refused.status, 504);
  EXPECT_FALSE(refused.proxied);
  EXPECT_EQ(status(get(gateway, {{"Cache-Control", "only-if-cached, max-age=5"}})), "Hit");
}

TEST_F(ProxyCache, RateLimitsOfAnotherRequest_AreNotTold) {
  TestGateway gateway(
      policy_with("{name: rate-limiting, config: {minute: 9}}, "
                  "{name: proxy-cache, config: {strategy: memory}}"));
  get(gateway);
  const auto hit = get(gateway);
  EXPECT_EQ(status(hit), "Hit");
  EXPECT_EQ(value_of(hit.headers, "RateLimit-Remaining"), "7");
  EXPECT_EQ(std::ranges::count(hit.headers, std::string("RateLimit-Remaining"), &Fields::value_type::first), 1);
}

TEST_F(ProxyCache, OwnAnswers_AreNotKept) {
  TestGateway gateway(
      policy_with("{name: proxy-cache, config: {strategy: memory, response_code: [503], content_type: "
                  "[application/json; charset=utf-8]}}, "
                  "{name: request-termination}"));
  EXPECT_EQ(status(gateway.get("/r")), "Bypass");
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayCacheStores), 0u);
}

}  // namespace
}  // namespace sluice::gateway
