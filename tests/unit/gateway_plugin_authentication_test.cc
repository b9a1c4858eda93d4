#include <ranges>
#include <set>
#include <string>
#include <vector>

#include "gateway_plugin_support.h"
#include "token_maker.h"

namespace sluice::gateway {
namespace {

constexpr char kConsumers[] =
    "consumers:\n"
    "- username: ann\n"
    "  custom_id: c-ann\n"
    "  id: aaaaaaaa-0000-4000-8000-000000000001\n"
    "  keyauth_credentials:\n"
    "  - {key: ann-key, id: aaaaaaaa-0000-4000-8000-000000000011}\n"
    "  - {key: 'ann key', id: aaaaaaaa-0000-4000-8000-000000000012}\n"
    "  acls: [{group: gold}]\n"
    "- username: bob\n"
    "  id: aaaaaaaa-0000-4000-8000-000000000002\n"
    "  keyauth_credentials: [{key: bob-key}]\n"
    "- username: guest\n"
    "  id: aaaaaaaa-0000-4000-8000-000000000009\n";

std::string key_auth(const std::string& config, const std::string& more = "") {
  return policy_with("{name: key-auth, config: {" + config + "}}" + more, kConsumers);
}

struct KeyCase {
  const char* what;
  const char* config;
  const char* target;
  Fields headers;
  const char* outcome;  // the consumer that the origin sees, or the message of a 401
};

class KeyAuthTable : public ::testing::TestWithParam<KeyCase> {};

TEST_P(KeyAuthTable, DecidesAsKong) {
  TestGateway gateway(key_auth(GetParam().config));
  const auto outcome = gateway.get(GetParam().target, GetParam().headers);
  if (outcome.proxied) {
    EXPECT_EQ(all_values(outcome.upstream_headers, "X-Consumer-Username"), GetParam().outcome) << GetParam().what;
  } else {
    EXPECT_EQ(outcome.status, 401);
    EXPECT_NE(outcome.body.find(std::string("\"message\":\"") + GetParam().outcome + "\""), std::string::npos)
        << GetParam().what << ": " << outcome.body;
    EXPECT_EQ(gateway.worker.counted(Counter::kGatewayUnauthenticated), 1u);
  }
}

constexpr char kNoKey[] = "No API key found in request";

INSTANTIATE_TEST_SUITE_P(
    Table, KeyAuthTable,
    ::testing::Values(
        KeyCase{"header", "", "/r", {{"ApiKey", "ann-key"}}, "ann"},
        KeyCase{"query", "", "/r?apikey=ann%20key", {}, "ann"},
        KeyCase{"header before query", "", "/r?apikey=ann-key", {{"apikey", "bob-key"}}, "bob"},
        KeyCase{
            "a bad header is not made good by the query", "", "/r?apikey=ann-key", {{"apikey", "x"}}, "Unauthorized"},
        KeyCase{"the same key twice in one place",
                "",
                "/r",
                {{"apikey", "ann-key"}, {"apikey", "ann-key"}},
                "Duplicate API key found"},
        KeyCase{"two arguments", "", "/r?apikey=a&apikey=b", {}, "Duplicate API key found"},
        KeyCase{"an empty header hides the query", "", "/r?apikey=ann-key", {{"apikey", ""}}, kNoKey},
        KeyCase{"an argument without a value", "", "/r?apikey", {}, kNoKey},
        KeyCase{"names in their order", "key_names: [one, two]", "/r?two=bob-key&one=ann-key", {}, "ann"},
        KeyCase{"an underscore means a dash in headers", "key_names: [my_key]", "/r", {{"My-Key", "ann-key"}}, "ann"},
        KeyCase{"not in headers", "key_in_header: false", "/r", {{"apikey", "ann-key"}}, kNoKey},
        KeyCase{"not in the query", "key_in_query: false", "/r?apikey=ann-key", {}, kNoKey},
        KeyCase{"anonymous by name", "anonymous: guest", "/r", {}, "guest"},
        KeyCase{"anonymous by id", "anonymous: aaaaaaaa-0000-4000-8000-000000000009", "/r", {{"apikey", "x"}}, "guest"},
        KeyCase{"a good key goes before anonymous", "anonymous: guest", "/r", {{"apikey", "ann-key"}}, "ann"}));

TEST(KeyAuth, KeyWhoseTimeIsOver_IsAsIfItWereNotThere) {
  TestGateway gateway(policy_with("{name: key-auth}",
                                  "consumers: [{username: ann, keyauth_credentials: [{key: k, ttl: "
                                  "1700000060}]}]\n"));
  gateway.worker.clock.set(gateway.worker.clock.now(), WallTime{1'700'000'059'000'000'000});
  EXPECT_TRUE(gateway.get("/r", {{"apikey", "k"}}).proxied);
  gateway.worker.clock.advance(Duration::seconds(1));
  const auto outcome = gateway.get("/r", {{"apikey", "k"}});
  EXPECT_EQ(outcome.status, 401);
  EXPECT_NE(outcome.body.find("Unauthorized"), std::string::npos) << outcome.body;
}

TEST(KeyAuth, HiddenCredential_LeavesHeadersAndQuery) {
  TestGateway gateway(key_auth("hide_credentials: true"));
  const auto outcome = gateway.get("/r?a=x%20y&apikey=ann-key&b", {{"apikey", "ann-key"}});
  EXPECT_EQ(outcome.target, "/?a=x+y&b=");
  EXPECT_EQ(all_values(outcome.upstream_headers, "apikey"), "");
}

TEST(KeyAuth, HiddenCredentialThatIsRepeated_LeavesEveryPlace) {
  TestGateway gateway(key_auth("hide_credentials: true, anonymous: guest"));
  const auto query = gateway.get("/r?apikey=ann-key&a=1&apikey=bob-key");
  EXPECT_EQ(all_values(query.upstream_headers, "X-Consumer-Username"), "guest");
  EXPECT_EQ(query.target, "/?a=1");
  const auto headers = gateway.get("/r?apikey=ann-key", {{"apikey", "ann-key"}, {"apikey", "bob-key"}});
  EXPECT_EQ(all_values(headers.upstream_headers, "X-Consumer-Username"), "guest");
  EXPECT_EQ(all_values(headers.upstream_headers, "apikey"), "");
  EXPECT_EQ(headers.target, "/");
}

TEST(KeyAuth, IdentityHeaders_AreOursAlone) {
  TestGateway gateway(key_auth(""));
  const auto outcome = gateway.get("/r?apikey=bob-key", {{"X-Consumer-ID", "evil"},
                                                         {"X-Consumer-Custom-ID", "evil"},
                                                         {"x-anonymous-consumer", "true"},
                                                         {"X-Credential-Identifier", "evil"}});
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Consumer-ID"), "aaaaaaaa-0000-4000-8000-000000000002");
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Consumer-Custom-ID"), "");
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Anonymous-Consumer"), "");
}

// Behind CGI the one is the other.
TEST(KeyAuth, IdentityHeadersWithUnderscores_AreNobodys) {
  TestGateway gateway(key_auth("", ", {name: acl, config: {allow: [gold]}}"));
  const auto outcome = gateway.get("/r", {{"apikey", "ann-key"},
                                          {"X_Consumer_Username", "admin"},
                                          {"x-consumer_groups", "admins"},
                                          {"X_Real_IP", "192.0.2.1"},
                                          {"X_Own", "kept"}});
  ASSERT_TRUE(outcome.proxied);
  EXPECT_EQ(all_values(outcome.upstream_headers, "X_Consumer_Username"), "");
  EXPECT_EQ(all_values(outcome.upstream_headers, "x-consumer_groups"), "");
  EXPECT_EQ(all_values(outcome.upstream_headers, "X_Real_IP"), "");
  EXPECT_EQ(all_values(outcome.upstream_headers, "X_Own"), "kept");
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Consumer-Username"), "ann");
}

TEST(KeyAuth, PreflightThatIsLeftAlone_SaysNothingOfAConsumer) {
  TestGateway gateway(key_auth("run_on_preflight: false"));
  const auto outcome = gateway.send("OPTIONS", "/r", {{"X-Consumer-Username", "admin"}, {"X-Anonymous-Consumer", "x"}});
  ASSERT_TRUE(outcome.proxied);
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Consumer-Username"), "");
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Anonymous-Consumer"), "");
}

TEST(KeyAuth, AnonymousThatNobodyIs_IsAnUnexpectedErrorWhenNeeded) {
  TestGateway gateway(key_auth("anonymous: nobody"));
  EXPECT_EQ(gateway.get("/r?apikey=ann-key").status, 200);
  EXPECT_EQ(gateway.get("/r").status, 500);
}

TEST(KeyAuth, Preflight_IsLeftAloneOnDemand) {
  TestGateway gateway(key_auth("run_on_preflight: false"));
  EXPECT_TRUE(gateway.send("OPTIONS", "/r").proxied);
  EXPECT_EQ(gateway.get("/r").status, 401);
}

TEST(KeyAuth, Realm_IsInTheChallenge) {
  TestGateway gateway(key_auth("realm: vault"));
  EXPECT_EQ(value_of(gateway.get("/r").headers, "WWW-Authenticate"), "Key realm=\"vault\"");
}

struct AclCase {
  const char* what;
  const char* acl;
  const char* target;
  int status;
  const char* groups;  // that the origin sees
};

class AclTable : public ::testing::TestWithParam<AclCase> {};

TEST_P(AclTable, DecidesAsKong) {
  TestGateway gateway(key_auth("anonymous: guest", std::string(", {name: acl, config: {") + GetParam().acl + "}}"));
  const auto outcome = gateway.get(GetParam().target, {{"X-Consumer-Groups", "forged"}});
  EXPECT_EQ(outcome.status, GetParam().status) << GetParam().what;
  if (outcome.proxied) {
    EXPECT_EQ(all_values(outcome.upstream_headers, "X-Consumer-Groups"), GetParam().groups) << GetParam().what;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, AclTable,
                         ::testing::Values(AclCase{"allowed group", "allow: [gold]", "/r?apikey=ann-key", 200, "gold"},
                                           AclCase{"no group", "allow: [gold]", "/r?apikey=bob-key", 403, ""},
                                           AclCase{"another group", "allow: [lead]", "/r?apikey=ann-key", 403, ""},
                                           AclCase{"denied group", "deny: [gold]", "/r?apikey=ann-key", 403, ""},
                                           AclCase{"not denied, no group", "deny: [gold]", "/r?apikey=bob-key", 200,
                                                   ""},
                                           AclCase{"guest without a group", "allow: [gold]", "/r", 401, ""},
                                           AclCase{"guest that is not denied", "deny: [gold]", "/r", 200, ""}));

TEST(Acl, NobodyAuthenticated_IsUnauthorized) {
  TestGateway gateway(policy_with("{name: acl, config: {deny: [gold]}}"));
  EXPECT_EQ(gateway.get("/r").status, 401);
}

// A request with a good credential, of ann, to a plugin for which nobody is a guest.
struct ScarceCase {
  const char* plugin;
  std::string target;
  std::string fields;  // "Name: value\r\n", …
  std::string body = {};
};

class ScarceMemory : public ::testing::TestWithParam<ScarceCase> {
 protected:
  // Whom the origin is told of, or the status of an answer, when the request has no more than what is left of a block
  // of which `taken` bytes are gone. "": the request itself has no room there.
  std::string outcome(size_t taken) {
    Arena arena(gateway_.worker.blocks);
    http::Request request(arena);
    const std::string head = "GET " + GetParam().target + " HTTP/1.1\r\nHost: a\r\n" + GetParam().fields + "\r\n";
    EXPECT_FALSE(http::parse_request_head(head, limits_, request));
    http::RequestContext http(gateway_.worker.context, arena, request);
    http.scratch = &gateway_.scratch();
    http.body.state = http::WholeBody::State::kRead;
    http.body.bytes = GetParam().body;
    Context context(http);
    EXPECT_EQ(gateway_.stage().route(context), http::Verdict::kContinue);
    std::vector<BlockPool::Block> others;
    BlockPool& pool = gateway_.worker.blocks;
    for (const size_t size : std::views::reverse(BlockPool::kSizes)) {
      for (auto block = pool.take(size); block.data != nullptr; block = pool.take(size)) others.push_back(block);
    }
    const bool has_room = arena.try_allocate(taken) != nullptr;
    std::string outcome;
    if (has_room && gateway_.stage().access(context) == http::Verdict::kContinue) {
      outcome = request.headers.find("X-Consumer-Username").value_or("nobody");
      for (const std::string_view sent : {context.upstream.query, http.body.bytes}) {
        if (sent.find("secret") != std::string_view::npos) outcome = "the origin sees the credential";
      }
    } else if (has_room) {
      outcome = std::to_string(http.answer.head.status);
    }
    for (const BlockPool::Block& block : others) pool.release(block);
    return outcome;
  }

  static constexpr char kAnn[] =
      "consumers:\n"
      "- username: ann\n"
      "  id: aaaaaaaa-0000-4000-8000-000000000001\n"
      "  keyauth_credentials: [{key: secret}]\n"
      "  basicauth_credentials: [{username: a, password: b}]\n"
      "  hmacauth_credentials: [{username: hal, secret: hal-secret}]\n"
      "  jwt_secrets: [{key: k, secret: secret-one}]\n"
      "- {username: guest}\n";

  TestGateway gateway_{policy_with(GetParam().plugin, kAnn)};
  policy::Limits limits_;
};

TEST_P(ScarceMemory, IsNoBadCredential) {
  std::set<std::string> seen;
  for (size_t taken = 0; taken < BlockPool::kSizes[0]; taken += 8) seen.insert(outcome(taken));
  seen.erase("");
  EXPECT_EQ(seen, (std::set<std::string>{"ann", "500"})) << GetParam().plugin;
}

std::string token_of_ann() {
  return test::TokenMaker::with_secret(policy::JwsAlgorithm::kHs256, "secret-one").token(R"({"iss":"k"})");
}

INSTANTIATE_TEST_SUITE_P(
    Table, ScarceMemory,
    ::testing::Values(
        ScarceCase{"{name: key-auth, config: {anonymous: guest, hide_credentials: true}}",
                   "/r?%61=%31&%61pikey=%73ecret", ""},
        ScarceCase{"{name: key-auth, config: {anonymous: guest, hide_credentials: true, key_in_body: true}}", "/r",
                   "Content-Type: application/json\r\n", R"({"a":1,"apikey":"\u0073ecret"})"},
        ScarceCase{"{name: key-auth, config: {anonymous: guest, hide_credentials: true, key_in_body: true}}", "/r",
                   "Content-Type: application/x-www-form-urlencoded\r\n", "%61=%31&%61pikey=%73ecret"},
        ScarceCase{"{name: key-auth, config: {anonymous: guest, hide_credentials: true, key_in_body: true}}", "/r",
                   "Content-Type: multipart/form-data; boundary=b\r\n",
                   "--b\r\nContent-Disposition: form-data; name=apikey\r\n\r\nsecret\r\n--b--\r\n"},
        ScarceCase{"{name: basic-auth, config: {anonymous: guest}}", "/r", "Authorization: Basic YTpi\r\n"},
        ScarceCase{"{name: jwt, config: {anonymous: guest}}", "/r", "Authorization: Bearer " + token_of_ann() + "\r\n"},
        ScarceCase{"{name: jwt, config: {anonymous: guest}}", "/r?%6a%77t=%65" + token_of_ann().substr(1), ""},
        ScarceCase{"{name: hmac-auth, config: {anonymous: guest, clock_skew: 10000000000}}", "/r",
                   "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nAuthorization: hmac username=\"hal\", "
                   "algorithm=\"hmac-sha256\", headers=\"date\", "
                   "signature=\"jQuLHBQRRCiPxARfX7lL8y1gkK6vnxaY3MquQsLEOQs=\"\r\n"}));

}  // namespace
}  // namespace sluice::gateway
