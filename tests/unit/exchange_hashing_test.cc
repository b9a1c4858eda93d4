#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "exchange_rig.h"

namespace sluice::exchange::test {
namespace {

// A consistent-hashing upstream of two targets; a test says what it hashes.
class HashingTest : public ::testing::Test {
 protected:
  HashingTest() {
    policy::Upstream upstream;
    upstream.id = policy::Uuid(std::array<uint8_t, 16>{4});
    upstream.name = "pool";
    upstream.algorithm = policy::Algorithm::kConsistentHashing;
    for (const uint16_t port : {8081, 8082}) {
      policy::Target target;
      target.target = {"198.18.1.1", Port{port}};
      upstream.targets.push_back(target);
    }
    rig.policy.upstreams = {upstream};
    rig.policy.services[0].host = "pool";
    rig.origins.answer_all([](const HttpMessage&) { return std::string(kOk); });
  }

  policy::Upstream& upstream() { return rig.policy.upstreams[0]; }

  // The port of the target that gets a request with this target and these header lines.
  uint16_t origin_of(const std::string& target, const std::string& headers = {}) {
    client_ = &rig.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
    return rig.gateway_record().origin.port.value;
  }

  // How many of the two targets 40 requests reach that differ in `{}`.
  size_t reached(const std::string& target, const std::string& headers = {}) {
    std::set<uint16_t> ports;
    for (int i = 0; i < 40; ++i) {
      const auto with = [i](const std::string& text) {
        return std::regex_replace(text, std::regex("\\{\\}"), std::to_string(i));
      };
      ports.insert(origin_of(with(target), with(headers)));
    }
    return ports.size();
  }

  Rig rig;
  Peer* client_ = nullptr;
};

TEST_F(HashingTest, Header_DecidesTheTarget) {
  upstream().hash_on = policy::HashOn::kHeader;
  upstream().hash_on_header = "X-Shard";
  rig.reload();
  EXPECT_EQ(reached("/{}", "X-Shard: same\r\n"), 1u);
  EXPECT_EQ(reached("/", "x-shard: {}\r\n"), 2u);
}

TEST_F(HashingTest, EveryLineOfARepeatedHeader_IsHashed) {
  upstream().hash_on = policy::HashOn::kHeader;
  upstream().hash_on_header = "X-Shard";
  rig.reload();
  EXPECT_EQ(reached("/", "X-Shard: a\r\nX-Shard: {}\r\n"), 2u);
}

TEST_F(HashingTest, NothingToHash_StaysWithOneTarget) {
  upstream().hash_on = policy::HashOn::kHeader;
  upstream().hash_on_header = "X-Shard";
  rig.reload();
  EXPECT_EQ(reached("/{}"), 1u);
}

TEST_F(HashingTest, Fallback_IsHashedWhereTheFirstIsAbsent) {
  upstream().hash_on = policy::HashOn::kHeader;
  upstream().hash_on_header = "X-Shard";
  upstream().hash_fallback = policy::HashOn::kQueryArg;
  upstream().hash_fallback_query_arg = "k";
  rig.reload();
  EXPECT_EQ(reached("/?k={}"), 2u);
  EXPECT_EQ(reached("/?k={}", "X-Shard: same\r\n"), 1u);
}

TEST_F(HashingTest, RepeatedArgument_IsHashedWithoutRegardToItsOrder) {
  upstream().hash_on = policy::HashOn::kQueryArg;
  upstream().hash_on_query_arg = "k";
  rig.reload();
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    EXPECT_EQ(origin_of("/?k=" + n + "&k=x&o=1"), origin_of("/?k=x&k=" + n));
  }
}

TEST_F(HashingTest, Path_DecidesTheTarget) {
  upstream().hash_on = policy::HashOn::kPath;
  rig.reload();
  EXPECT_EQ(reached("/same?{}"), 1u);
  EXPECT_EQ(reached("/{}"), 2u);
}

TEST_F(HashingTest, Address_KeepsAClientWithItsTarget) {
  upstream().hash_on = policy::HashOn::kIp;
  rig.reload();
  EXPECT_EQ(reached("/{}"), 1u);
}

TEST_F(HashingTest, Capture_DecidesTheTarget) {
  rig.policy.routes[0].paths = {"~/u/(?<who>[0-9]+)"};
  upstream().hash_on = policy::HashOn::kUriCapture;
  upstream().hash_on_uri_capture = "who";
  rig.reload();
  EXPECT_EQ(reached("/u/{}"), 2u);
  EXPECT_EQ(reached("/u/7?{}"), 1u);
}

TEST_F(HashingTest, MissingCookie_IsSetAndThenHashed) {
  upstream().hash_on = policy::HashOn::kCookie;
  upstream().hash_on_cookie = "sess";
  upstream().hash_on_cookie_path = "/here";
  rig.reload();
  const uint16_t port = origin_of("/");
  const std::string answer = client_->received();
  std::smatch cookie;
  ASSERT_TRUE(std::regex_search(
      answer, cookie, std::regex("Set-Cookie: sess=([0-9a-f-]{36}); Path=/here; Same-Site=Lax; HttpOnly\r\n")));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(origin_of("/", "Cookie: a=b; sess=" + cookie[1].str() + "\r\n"), port);
  EXPECT_EQ(client_->received().find("Set-Cookie"), std::string::npos);
}

// As Kong does with whatever it answers once it has gone to a target.
TEST_F(HashingTest, MissingCookie_IsSetThoughNoTargetAnswers) {
  upstream().hash_on = policy::HashOn::kCookie;
  upstream().hash_on_cookie = "sess";
  rig.reload();
  rig.origins.meet_others(Welcome::kRefuse);
  origin_of("/");
  EXPECT_NE(client_->received().find("Set-Cookie: sess="), std::string::npos);
}

TEST_F(HashingTest, MissingCookie_IsNotSetWhereThereWasNoTargetToGoTo) {
  upstream().hash_on = policy::HashOn::kCookie;
  upstream().hash_on_cookie = "sess";
  for (policy::Target& target : upstream().targets) target.weight = 0;
  rig.reload();
  origin_of("/");
  const std::string answer = client_->received();
  EXPECT_NE(answer.find(" 503 "), std::string::npos);
  EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
}

TEST_F(HashingTest, NewCookies_SpreadOverTheTargets) {
  upstream().hash_on = policy::HashOn::kCookie;
  upstream().hash_on_cookie = "sess";
  rig.reload();
  EXPECT_EQ(reached("/"), 2u);
}

}  // namespace
}  // namespace sluice::exchange::test
