#include "gateway_plugin_support.h"

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

}  // namespace
}  // namespace sluice::gateway
