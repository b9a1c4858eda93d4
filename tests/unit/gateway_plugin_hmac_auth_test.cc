#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "gateway/plugins/hmac_signature.h"
#include "gateway_plugin_support.h"
#include "http/date.h"

namespace sluice::gateway {
namespace {

TEST(HmacSignature, FourParametersInTheirOrder_AreRead) {
  const auto found =
      parse_hmac_signature(R"(hmac username="a", algorithm="hmac-sha256",headers="date  host",  signature="c2ln")");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->username, "a");
  EXPECT_EQ(found->algorithm, "hmac-sha256");
  EXPECT_EQ(found->signature, "c2ln");
  SignedNames names(found->headers);
  EXPECT_EQ(names.next(), "date");
  EXPECT_EQ(names.next(), "") << "between two spaces";
  EXPECT_EQ(names.next(), "host");
  EXPECT_EQ(names.next(), std::nullopt);
}

TEST(HmacSignature, Values_GoOnAsFarAsTheyMay) {
  const auto found =
      parse_hmac_signature(R"(x Hmac  username="a", algorithm="b", algorithm="c",headers="d", signature="e", f="g")");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->username, R"(a", algorithm="b)");
  EXPECT_EQ(found->algorithm, "c");
  EXPECT_EQ(found->headers, "d");
  EXPECT_EQ(found->signature, R"(e", f="g)");
}

TEST(HmacSignature, AnythingElse_IsRefused) {
  for (const char* text : {"", "hmac", "HMAC username=\"a\", algorithm=\"b\", headers=\"c\", signature=\"d\"",
                           "hmac algorithm=\"b\", username=\"a\", headers=\"c\", signature=\"d\"",
                           "hmac username=\"\", algorithm=\"b\", headers=\"c\", signature=\"d\"",
                           "hmac username=\"a\" algorithm=\"b\", headers=\"c\", signature=\"d\"",
                           "hmac username=\"a\", algorithm=\"b\", headers=\"c\", signature=\"\"",
                           "hmac username=\"a\" , algorithm=\"b\", headers=\"c\", signature=\"d\"",
                           "hmac username=\"a\", algorithm=\"b\", headers=\"c\", signature=\"d", "hmac username=\"a"}) {
    EXPECT_FALSE(parse_hmac_signature(text)) << text;
  }
}

// RFC 4231, test case 2.
TEST(HmacSignature, Hmac_IsThatOfTheRfc) {
  std::array<std::byte, kLongestHmacBytes> room;
  const auto made = compute_hmac(policy::HmacAlgorithm::kSha256, "Jefe", "what do ya want for nothing?", room);
  ASSERT_EQ(made.size(), 32u);
  EXPECT_EQ(made[0], std::byte{0x5b});
  EXPECT_EQ(made[31], std::byte{0x43});
}

constexpr char kConsumers[] =
    "consumers: [{username: hal, hmacauth_credentials: [{username: hal, secret: hal-secret}]}]\n";
constexpr char kDate[] = "Mon, 01 Jan 2024 00:00:00 GMT";
constexpr char kSigned[] =
    "hmac username=\"hal\", algorithm=\"hmac-sha256\", headers=\"date\", "
    "signature=\"jQuLHBQRRCiPxARfX7lL8y1gkK6vnxaY3MquQsLEOQs=\"";

std::string base64(std::span<const std::byte> bytes) {
  std::array<unsigned char, 96> text{};
  const int length = EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<size_t>(length)};
}

// What the signature of kSigned covers stands in the corpus; these are the rules around it.
std::string hmac_auth(const std::string& config) {
  return policy_with("{name: hmac-auth, config: {clock_skew: 10000000000" + config + "}}", kConsumers);
}

TEST(HmacAuth, GoodSignature_NamesTheConsumer) {
  TestGateway gateway(hmac_auth(""));
  const auto outcome = gateway.get("/r", {{"Date", kDate}, {"Authorization", kSigned}});
  EXPECT_EQ(all_values(outcome.upstream_headers, "X-Credential-Identifier"), "hal");
}

// "x_date" and "date" are signed, the first under a name that nginx's variables take for X-Date.
TEST(HmacAuth, SignedName_MayHaveUnderscoresForDashes) {
  TestGateway gateway(hmac_auth(""));
  std::array<std::byte, kLongestHmacBytes> room;
  const auto signature = compute_hmac(policy::HmacAlgorithm::kSha256, "hal-secret",
                                      std::string("x_date: ") + kDate + "\n:\nhost: gw.example", room);
  const std::string text = std::string("hmac username=\"hal\", algorithm=\"hmac-sha256\", headers=\"x_date  host\", ") +
                           "signature=\"" + base64(signature) + "\"";
  EXPECT_TRUE(gateway.get("/r", {{"X-Date", kDate}, {"Authorization", text}}).proxied);
}

// A captured signature is good as long as its own date is recent, whatever other dates are put beside it.
TEST(HmacAuth, SignedDateThatIsOld_IsRefusedBesideARecentOne) {
  TestGateway gateway(policy_with("{name: hmac-auth, config: {clock_skew: 60}}", kConsumers));
  std::array<char, http::kDateLength> text;
  http::format_date(gateway.worker.clock.wall_now(), text);
  const std::string now(text.data(), text.size());
  const auto signed_over = [](const std::string& name, const std::string& date) {
    std::array<std::byte, kLongestHmacBytes> made;
    const auto signature = compute_hmac(policy::HmacAlgorithm::kSha256, "hal-secret", name + ": " + date, made);
    return "hmac username=\"hal\", algorithm=\"hmac-sha256\", headers=\"" + name + "\", signature=\"" +
           base64(signature) + "\"";
  };
  const std::string old = signed_over("x-date", kDate);
  EXPECT_EQ(gateway.get("/r", {{"X_Date", kDate}, {"X-Date", now}, {"Authorization", old}}).status, 401);
  EXPECT_EQ(gateway.get("/r", {{"X-Date", kDate}, {"Date", now}, {"Authorization", old}}).status, 401);
  const std::string date = signed_over("date", kDate);
  EXPECT_EQ(gateway.get("/r", {{"Date", kDate}, {"X-Date", now}, {"Authorization", date}}).status, 401);
  EXPECT_TRUE(gateway.get("/r", {{"X-Date", now}, {"Authorization", signed_over("x-date", now)}}).proxied);
  EXPECT_TRUE(
      gateway.get("/r", {{"X-Date", now}, {"Date", kDate}, {"Authorization", signed_over("x-date", now)}}).proxied);
}

TEST(HmacAuth, HiddenCredentials_AreThoseThatDecided) {
  TestGateway gateway(hmac_auth(", hide_credentials: true, anonymous: hal"));
  const auto other = gateway.get("/r", {{"Date", kDate}, {"Authorization", "Basic YTpi"}});
  EXPECT_EQ(all_values(other.upstream_headers, "X-Anonymous-Consumer"), "true");
  EXPECT_EQ(all_values(other.upstream_headers, "Authorization"), "");
  const auto proxy =
      gateway.get("/r", {{"Date", kDate}, {"Proxy-Authorization", kSigned}, {"Authorization", "Basic YTpi"}});
  EXPECT_EQ(all_values(proxy.upstream_headers, "X-Credential-Identifier"), "hal");
  EXPECT_EQ(all_values(proxy.upstream_headers, "Proxy-Authorization"), "");
  EXPECT_EQ(all_values(proxy.upstream_headers, "Authorization"), "Basic YTpi");
}

TEST(HmacAuth, EnforcedHeaderThatIsNotSigned_IsRefused) {
  TestGateway gateway(hmac_auth(", enforce_headers: [date, '@request-target']"));
  EXPECT_EQ(gateway.get("/r", {{"Date", kDate}, {"Authorization", kSigned}}).status, 401);
}

TEST(HmacAuth, AlgorithmThatIsNotAccepted_IsRefused) {
  TestGateway gateway(hmac_auth(", algorithms: [hmac-sha512]"));
  EXPECT_EQ(gateway.get("/r", {{"Date", kDate}, {"Authorization", kSigned}}).status, 401);
}

TEST(HmacAuth, BodyThatItsDigestDoesNotFit_IsRefused) {
  TestGateway gateway(hmac_auth(", validate_request_body: true"));
  const Fields good = {
      {"Date", kDate}, {"Authorization", kSigned}, {"Digest", "SHA-256=I59Z7VXnN8dxR89VrQwbAwttfudIp0JpUvm4UtWpNeU="}};
  EXPECT_TRUE(gateway.post("/r", "text/plain", "payload", good).proxied);
  EXPECT_EQ(gateway.post("/r", "text/plain", "payloae", good).status, 401);
  EXPECT_EQ(gateway.post("/r", "text/plain", "payload", {{"Date", kDate}, {"Authorization", kSigned}}).status, 401);
  EXPECT_TRUE(gateway.get("/r", {{"Date", kDate}, {"Authorization", kSigned}}).proxied) << "no body needs no digest";
}

TEST(HmacAuth, BodyTooLongToRead_IsRefused) {
  TestGateway gateway(hmac_auth(", validate_request_body: true"));
  EXPECT_EQ(
      gateway
          .post("/r", "text/plain", std::string(kMostBodyBytes + 1, 'x'), {{"Date", kDate}, {"Authorization", kSigned}})
          .status,
      401);
  EXPECT_EQ(gateway.worker.counted(Counter::kGatewayBodyTooLong), 1u);
}

TEST(ParseDate, AllThreeForms_AreRead) {
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Xxx,06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun Nov 06 08:49:37 1994 GMT"}) {
    EXPECT_EQ(http::parse_date(text), 784111777) << text;
  }
  EXPECT_EQ(http::parse_date("Thu, 29 Feb 2024 23:59:59 GMT"), 1709251199);
}

TEST(ParseDate, WhatIsNoDate_IsRefused) {
  for (const char* text :
       {"", "Sun", "Sun,", "Sun, 06 Nov 1994 08:49", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06-Nov 94 08:49:37 GMT", "Sun Nov 6 08:49:37",
        "06 Nov 1994 08:49:37 GMT", "0", "-1"}) {
    EXPECT_EQ(http::parse_date(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice::gateway
