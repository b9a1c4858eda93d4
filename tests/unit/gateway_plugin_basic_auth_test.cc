#include "gateway/plugins/basic_credentials.h"

#include "gateway_plugin_support.h"

namespace sluice::gateway {
namespace {

struct HeaderCase {
  const char* header;
  const char* outcome;  // "username/password"; nullptr: refused
};

class BasicCredentialsTable : public ::testing::TestWithParam<HeaderCase> {};

TEST_P(BasicCredentialsTable, IsReadAsKongReadsIt) {
  test::TestWorker worker;
  Arena arena(worker.blocks);
  const auto found = parse_basic_credentials(arena, GetParam().header);
  ASSERT_EQ(found.ok(), GetParam().outcome != nullptr) << GetParam().header;
  if (!found) return;
  EXPECT_EQ(std::string(found->username) + "/" + std::string(found->password), GetParam().outcome);
}

INSTANTIATE_TEST_SUITE_P(Table, BasicCredentialsTable,
                         ::testing::Values(HeaderCase{"Basic YTpi", "a/b"}, HeaderCase{"basic YTpi", "a/b"},
                                           HeaderCase{"Basic  YTpi", "a/b"}, HeaderCase{"Basic YTpiOmM=", "a/b:c"},
                                           HeaderCase{"Basic YTo=", "a/"}, HeaderCase{"Basic YTpi== junk", "a/b"},
                                           HeaderCase{"BASIC YTpi", nullptr}, HeaderCase{"Basic", nullptr},
                                           HeaderCase{"Basic ", nullptr}, HeaderCase{"Basic YQ==", nullptr},
                                           HeaderCase{"Basic OmI=", nullptr}, HeaderCase{"BasicYTpi", "a/b"},
                                           HeaderCase{"x Basic YTpi", "a/b"}, HeaderCase{"Basic OmE6Yg==", "a/b"},
                                           HeaderCase{"Basic YTpiCmM=", "a/b"}, HeaderCase{"Basic YTr_", nullptr},
                                           HeaderCase{"Basic %%%", nullptr}, HeaderCase{"Bearer YTpi", nullptr},
                                           HeaderCase{"", nullptr}));

constexpr char kConsumers[] =
    "consumers:\n"
    "- username: ann\n"
    "  id: aaaaaaaa-0000-4000-8000-000000000001\n"
    "  basicauth_credentials: [{username: a, password: b}]\n";

TEST(BasicAuth, GoodPassword_NamesTheConsumer) {
  TestGateway gateway(policy_with("{name: basic-auth}", kConsumers));
  const auto outcome = gateway.get("/r", {{"Authorization", "Basic YTpi"}});
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Consumer-Username"), "ann");
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Credential-Identifier"), "a");
}

struct TwoHeadersCase {
  const char* what;
  const char* proxy_authorization;
  const char* authorization;
  bool passes;
};

class BasicAuthHeaders : public ::testing::TestWithParam<TwoHeadersCase> {};

TEST_P(BasicAuthHeaders, AreTriedAsByKong) {
  TestGateway gateway(policy_with("{name: basic-auth, config: {hide_credentials: true}}", kConsumers));
  const auto outcome = gateway.get(
      "/r", {{"Proxy-Authorization", GetParam().proxy_authorization}, {"Authorization", GetParam().authorization}});
  EXPECT_EQ(outcome.proxied, GetParam().passes) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Table, BasicAuthHeaders,
    ::testing::Values(TwoHeadersCase{"a good one first", "Basic YTpi", "Basic YTpj", true},
                      TwoHeadersCase{"a bad password is not made good", "Basic YTpj", "Basic YTpi", false},
                      TwoHeadersCase{"an unknown user gives way", "Basic eDp5", "Basic YTpi", true},
                      TwoHeadersCase{"another scheme gives way", "Bearer x", "Basic YTpi", true},
                      TwoHeadersCase{"to nothing good", "Basic eDp5", "Bearer x", false}));

TEST(BasicAuth, HiddenCredentials_AreThoseThatWereLookedAt) {
  TestGateway gateway(policy_with("{name: basic-auth, config: {hide_credentials: true}}", kConsumers));
  const auto first = gateway.get("/r", {{"Proxy-Authorization", "Basic YTpi"}, {"Authorization", "Bearer x"}});
  EXPECT_EQ(all_values(first.upstream_headers, "Proxy-Authorization"), "");
  EXPECT_EQ(all_values(first.upstream_headers, "Authorization"), "Bearer x");
  const auto second = gateway.get("/r", {{"Proxy-Authorization", "Basic eDp5"}, {"Authorization", "Basic YTpi"}});
  EXPECT_EQ(all_values(second.upstream_headers, "Proxy-Authorization"), "");
  EXPECT_EQ(all_values(second.upstream_headers, "Authorization"), "");
}

TEST(BasicAuth, BadPassword_IsChallengedAndCounted) {
  TestGateway gateway(policy_with("{name: basic-auth, config: {realm: vault}}", kConsumers));
  const auto outcome = gateway.get("/r", {{"Authorization", "Basic YTpj"}});
  EXPECT_EQ(outcome.status, 401);
  EXPECT_EQ(value_of(outcome.headers, "WWW-Authenticate"), "Basic realm=\"vault\"");
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayUnauthenticated), 1u);
}

// SHA-1 of "b" and the consumer's id, as `kong config db_export` writes it.
TEST(BasicAuth, PolicyOfHashes_IsNotHashedAgain) {
  TestGateway gateway("_transform: false\n" +
                      policy_with("{name: basic-auth}",
                                  "consumers:\n"
                                  "- username: ann\n"
                                  "  id: aaaaaaaa-0000-4000-8000-000000000001\n"
                                  "  basicauth_credentials:\n"
                                  "  - {username: a, password: f56cbb100f0d07a94361da459f8ed07dac6c6b64}\n"));
  EXPECT_TRUE(gateway.get("/r", {{"Authorization", "Basic YTpi"}}).proxied);
  EXPECT_EQ(gateway.get("/r", {{"Authorization", "Basic YTpj"}}).status, 401);
}

}  // namespace
}  // namespace sluice::gateway
