// Who the client is, and what passes a gateway: trusted proxies, hop-by-hop fields, error types.
#include "gateway/error_type.h"
#include "gateway/errors.h"
#include "gateway/request_target.h"
#include "gateway/text.h"
#include "gateway_support.h"

namespace sluice::gateway {
namespace {

class Head : public ::testing::Test {
 protected:
  http::HeaderMap headers_of(const Fields& fields) {
    http::HeaderMap headers(arena_);
    for (const auto& [name, value] : fields) EXPECT_TRUE(headers.add_copy(name, value));
    return headers;
  }

  test::TestWorker worker_;
  Arena arena_{worker_.blocks};
};

class Client : public Head {
 protected:
  std::string address_of(const Fields& fields, const char* peer = "10.0.0.1") {
    http::Request request(arena_);
    request.headers = headers_of(fields);
    const auto client = resolve_client(trusted_, request, {*IpAddress::parse(peer), {1}}, {}, false);
    return client.address.to_string();
  }

  TrustedProxies trusted_{.addresses = match::CidrSet(std::array{*Cidr::parse("10.0.0.0/8")}),
                          .real_ip_header = "X-Forwarded-For",
                          .recursive = false};
};

TEST_F(Client, IsThePeerWhereThePeerIsNotTrusted) {
  EXPECT_EQ(address_of({{"X-Forwarded-For", "192.0.2.1"}}, "192.0.2.9"), "192.0.2.9");
}

TEST_F(Client, IsTheLastOfAListFromATrustedPeer) {
  EXPECT_EQ(address_of({{"X-Forwarded-For", "192.0.2.1, 10.9.9.9"}}), "10.9.9.9");
}

TEST_F(Client, RecursiveGoesOnPastTrustedProxies) {
  trusted_.recursive = true;
  EXPECT_EQ(address_of({{"X-Forwarded-For", "198.51.100.7, 192.0.2.1"}, {"X-Forwarded-For", "10.9.9.9 ,10.8.8.8"}}),
            "192.0.2.1");
}

TEST_F(Client, RecursiveEndsAtTheFirstOfAListWhoseProxiesAreAllTrusted) {
  trusted_.recursive = true;
  EXPECT_EQ(address_of({{"X-Forwarded-For", "10.7.7.7, 10.9.9.9"}}), "10.7.7.7");
}

TEST_F(Client, AddressMayHaveAPort) {
  EXPECT_EQ(address_of({{"X-Forwarded-For", "192.0.2.1:4711"}}), "192.0.2.1");
  EXPECT_EQ(address_of({{"X-Forwarded-For", "[2001:db8::1]:4711"}}), "2001:db8::1");
  EXPECT_EQ(address_of({{"X-Forwarded-For", "2001:db8::1"}}), "2001:db8::1");
}

TEST_F(Client, IsThePeerWhereTheHeaderCannotBeRead) {
  for (const char* value : {"", "unknown", "192.0.2.1, nonsense", ",", "192.0.2.256"}) {
    EXPECT_EQ(address_of({{"X-Forwarded-For", value}}), "10.0.0.1") << value;
  }
}

TEST_F(Head, HopByHopFieldsGoAndThoseThatConnectionNames) {
  http::HeaderMap headers = headers_of({{"Connection", "X-A, close"},
                                        {"X-A", "1"},
                                        {"connection", "x-b"},
                                        {"X-B", "2"},
                                        {"Keep-Alive", "5"},
                                        {"Proxy-Connection", "x"},
                                        {"Transfer-Encoding", "chunked"},
                                        {"TE", "gzip, trailers"},
                                        {"Upgrade", "h2c"},
                                        {"X-C", "3"}});
  remove_hop_by_hop(headers);
  EXPECT_EQ(fields_of(headers), (Fields{{"X-C", "3"}, {"TE", "trailers"}}));
}

TEST_F(Head, WebsocketUpgradeStays) {
  http::HeaderMap headers = headers_of({{"Connection", "keep-alive, Upgrade"}, {"Upgrade", "WebSocket"}, {"X-C", "3"}});
  remove_hop_by_hop(headers);
  EXPECT_EQ(fields_of(headers), (Fields{{"X-C", "3"}, {"Connection", "Upgrade"}, {"Upgrade", "websocket"}}));
}

TEST_F(Head, ConnectionOptionsBeyondTheBoundAreNotLookedAt) {
  std::string options = "x-first";
  for (size_t i = 1; i < 5000; ++i) options += ",x";
  http::HeaderMap headers = headers_of({{"Connection", options + ",x-last"}, {"X-First", "1"}, {"X-Last", "2"}});
  remove_hop_by_hop(headers);
  EXPECT_EQ(fields_of(headers), (Fields{{"X-Last", "2"}}));
}

TEST_F(Head, ListsJoinInTheirOrder) {
  http::HeaderMap headers = headers_of({{"Via", "1.0 a"}, {"X", "1"}, {"via", ""}, {"VIA", "1.1 b"}});
  ASSERT_TRUE(append_list(headers, "Via", "1.1 c", arena_));
  EXPECT_EQ(headers.find("Via"), "1.0 a, , 1.1 b, 1.1 c");
  EXPECT_EQ(headers.count("Via"), 1u);
}

// As many lines as a head may have must not cost their sum for each of them.
TEST_F(Head, ListOfManyLinesIsCopiedOnce) {
  http::HeaderMap headers = headers_of(Fields(97, {"X-Forwarded-For", std::string(318, 'x')}));
  const size_t before = worker_.blocks.in_use_bytes();
  ASSERT_TRUE(append_list(headers, "X-Forwarded-For", "192.0.2.1", arena_));
  EXPECT_EQ(headers.find("X-Forwarded-For")->size(), 97 * 320 + 9u);
  EXPECT_LE(worker_.blocks.in_use_bytes() - before, 65536u);
}

TEST_F(Head, ErrorTypeIsTheAcceptedOneOfTheHighestQuality) {
  const std::pair<Fields, ErrorType> cases[] = {
      {{}, ErrorType::kJson},
      {{{"Accept", "text/html"}}, ErrorType::kHtml},
      {{{"Accept", "text/html;q=0.2, application/xml;q=0.30"}}, ErrorType::kXml},
      {{{"Accept", "text/html; level=1 ; Q=0.5, text/plain;q=0.499"}}, ErrorType::kHtml},
      {{{"Accept", "text/html;q=0"}}, ErrorType::kJson},
      {{{"Accept", "image/png, text/html;q=0.9"}}, ErrorType::kJson},
      {{{"Accept", "image/png;q=0.1"}, {"accept", "text/plain"}}, ErrorType::kPlain},
      {{{"Accept", "text/*"}}, ErrorType::kPlain},
      {{{"Accept", ",,;,text/html"}}, ErrorType::kHtml},
      {{{"Accept", "/, a/, /b, text/html x"}}, ErrorType::kHtml},
      // What Kong's expression makes of ranges that are not quite in order.
      {{{"Accept", "a/b, text/html"}}, ErrorType::kHtml},
      {{{"Accept", "aa/bb, text/html"}}, ErrorType::kJson},
      {{{"Accept", "_x/html, text/plain"}}, ErrorType::kPlain},
      {{{"Accept", "*/html, text/html"}}, ErrorType::kJson},
      {{{"Accept", "text/*x"}}, ErrorType::kPlain},
      {{{"Accept", "text/html@x;q=0.1, text/plain;q=0.2"}}, ErrorType::kHtml},
      {{{"Accept", "text/html;a=b;q=0.5, text/plain;q=0.8"}}, ErrorType::kHtml},
      {{{"Accept", "text/html;level;q=0.5, text/plain;q=0.8"}}, ErrorType::kPlain},
      {{{"Accept", "text/html;q= 0.5, text/plain;q=0.8"}}, ErrorType::kHtml},
      {{{"Accept", "text/html;q=.5, text/plain;q=0.8"}}, ErrorType::kHtml},
      {{{"Accept", "text/html;q=0.5;q=0.9, text/plain;q=0.8"}}, ErrorType::kHtml},
      {{{"Accept", "text/html;q=0.5x;q=0.9, text/plain;q=0.8"}}, ErrorType::kPlain},
      {{{"Accept", "text/html;q=0.55555;q=0.9, text/plain;q=0.8"}}, ErrorType::kPlain},
      {{{"Accept", "application/xml;q=1.0;q=0.1, text/html;q=0.5"}}, ErrorType::kHtml},
  };
  for (const auto& [fields, type] : cases) {
    EXPECT_EQ(preferred_type(headers_of(fields), "Accept"), type) << (fields.empty() ? "" : fields[0].second);
  }
}

TEST_F(Head, MessagesAreEscapedForTheirType) {
  EXPECT_EQ(escape_json(arena_, "a \"b\" \\ \n \x01"), "a \\\"b\\\" \\\\ \\n \\u0001");
  EXPECT_EQ(escape_markup(arena_, "<b>&\""), "&lt;b&gt;&amp;&quot;");
  EXPECT_EQ(escape_json(arena_, ""), "");
}

TEST_F(Head, AnswersSurviveAnArenaWithoutRoom) {
  BlockPool none(0);
  Arena empty(none);
  http::Request request(empty);
  http::RequestContext http(worker_.context, empty, request);
  EXPECT_EQ(answer_error(http, 404, "message"), http::Verdict::kAnswer);
  EXPECT_EQ(http.answer.head.status, 404);
  EXPECT_EQ(http.answer.body, "");
}

TEST(RequestTarget, PathAndQueryOfBothForms) {
  EXPECT_EQ(path_and_query("/a?b"), "/a?b");
  EXPECT_EQ(path_and_query("http://a.example/b?c"), "/b?c");
  EXPECT_EQ(path_and_query("http://a.example"), "/");
  EXPECT_EQ(path_and_query("*"), "*");
}

}  // namespace
}  // namespace sluice::gateway
