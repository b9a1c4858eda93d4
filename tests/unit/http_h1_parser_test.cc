// Heads of requests and responses, a table of cases for each rule of RFC 9112 that Sluice holds to.
#include "http/h1_parser.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "support/test_worker.h"

namespace sluice::http {

struct RefusedCase {
  std::string name;
  std::string head;
  uint16_t status;
  Counter reason;
};
void PrintTo(const RefusedCase& c, std::ostream* out) {
  *out << c.name;
}

std::string name_of(const testing::TestParamInfo<RefusedCase>& info) {
  return info.param.name;
}

std::string with(std::string_view fields) {
  return "POST /e HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n\r\n";
}
std::string line(std::string_view request_line) {
  return std::string(request_line) + "\r\nHost: a\r\n\r\n";
}

class RequestHead : public testing::Test {
 protected:
  std::optional<MessageError> parse(std::string_view head) {
    return parse_request_head(arena.try_copy(head), limits, request);
  }
  test::TestWorker worker;
  policy::Limits limits;
  Arena arena{worker.blocks};
  Request request{arena};
};

class RefusedRequest : public RequestHead, public testing::WithParamInterface<RefusedCase> {};

TEST_P(RefusedRequest, GetsItsStatusAndReason) {
  const auto refused = parse(GetParam().head);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, GetParam().status);
  EXPECT_EQ(refused->error.reason, GetParam().reason)
      << kCounterInfo[static_cast<size_t>(refused->error.reason)].metric;
  EXPECT_EQ(refused->error.side, Side::kClient);
}

INSTANTIATE_TEST_SUITE_P(
    RequestLine, RefusedRequest,
    testing::ValuesIn(std::vector<RefusedCase>{
        {"EmptyMethod", line(" / HTTP/1.1"), 400, Counter::kHttpMethod},
        {"LowerCaseMethod", line("get / HTTP/1.1"), 400, Counter::kHttpMethod},
        {"MethodWithColon", line("GE:T / HTTP/1.1"), 400, Counter::kHttpMethod},
        {"MethodWithTab", line("GET\t/ HTTP/1.1"), 400, Counter::kHttpMethod},
        {"Trace", line("TRACE / HTTP/1.1"), 405, Counter::kHttpMethodNotAllowed},
        {"ConnectOriginForm", line("CONNECT /e/x HTTP/1.1"), 405, Counter::kHttpMethodNotAllowed},
        {"ConnectAuthorityForm", line("CONNECT a:443 HTTP/1.1"), 405, Counter::kHttpMethodNotAllowed},
        {"NoVersion", line("GET /"), 400, Counter::kHttpRequestLine},
        {"NoTarget", line("GET HTTP/1.1"), 400, Counter::kHttpRequestLine},
        {"EmptyTarget", line("GET  HTTP/1.1"), 400, Counter::kHttpRequestLine},
        {"TwoSpacesInFront", line("GET  /e HTTP/1.1"), 400, Counter::kHttpTarget},
        {"TwoSpacesBehind", line("GET /e  HTTP/1.1"), 400, Counter::kHttpTarget},
        {"SpaceAtTheEnd", line("GET /e HTTP/1.1 "), 400, Counter::kHttpRequestLine},
        {"LowerCaseVersion", line("GET / http/1.1"), 400, Counter::kHttpRequestLine},
        {"LongVersion", line("GET / HTTP/1.10"), 400, Counter::kHttpRequestLine},
        {"ShortVersion", line("GET / HTTP/1"), 400, Counter::kHttpRequestLine},
        {"Version2", line("GET /e HTTP/2.0"), 505, Counter::kHttpVersion},
        {"Version0", line("GET /e HTTP/0.9"), 505, Counter::kHttpVersion},
        {"Version2Preface", "PRI * HTTP/2.0\r\n\r\n", 505, Counter::kHttpVersion},
        {"BareCrInTarget", line("GET /a\rb HTTP/1.1"), 400, Counter::kHttpTarget},
        {"NulInTarget", line(std::string("GET /a\0b HTTP/1.1", 17)), 400, Counter::kHttpTarget},
        {"FragmentInTarget", line("GET /a#b HTTP/1.1"), 400, Counter::kHttpTarget},
        {"DelInTarget", line("GET /a\x7f HTTP/1.1"), 400, Counter::kHttpTarget},
        {"RelativeTarget", line("GET a/b HTTP/1.1"), 400, Counter::kHttpTarget},
        {"AsteriskOnlyOptions", line("GET * HTTP/1.1"), 400, Counter::kHttpTarget},
        {"AuthorityFormOnlyConnect", line("GET a:443 HTTP/1.1"), 400, Counter::kHttpTarget},
        {"UnknownScheme", line("GET ftp://a/e HTTP/1.1"), 400, Counter::kHttpTarget},
        {"AbsoluteWithoutHost", line("GET http:///e HTTP/1.1"), 400, Counter::kHttpTarget},
        {"AbsoluteWithUser", line("GET http://u@a/e HTTP/1.1"), 400, Counter::kHttpTarget},
        {"PercentBad", line("GET /e/%g HTTP/1.1"), 400, Counter::kHttpTarget},
        {"PercentNul", line("GET /e%00 HTTP/1.1"), 400, Counter::kHttpTarget},
        {"AboveRoot", line("GET /../../keep HTTP/1.1"), 400, Counter::kHttpTarget},
        {"TargetTooLong", line("GET /" + std::string(8192, 'x') + " HTTP/1.1"), 414, Counter::kHttpTargetTooLong},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Fields, RefusedRequest,
    testing::ValuesIn(std::vector<RefusedCase>{
        {"SpaceBeforeColon", with("X-A : 1"), 400, Counter::kHttpSpaceBeforeColon},
        {"TabBeforeColon", with("X-A\t: 1"), 400, Counter::kHttpSpaceBeforeColon},
        {"ObsFold", with("X-A: 1\r\n  two"), 400, Counter::kHttpObsFold},
        {"ObsFoldWithTab", with("X-A: 1\r\n\ttwo"), 400, Counter::kHttpObsFold},
        {"FoldedFirstField", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, Counter::kHttpObsFold},
        {"EmptyName", with(": v"), 400, Counter::kHttpHeaderName},
        {"NoColon", with("X-A"), 400, Counter::kHttpHeaderName},
        {"NonTokenName", with("X(A): 1"), 400, Counter::kHttpHeaderName},
        {"HighByteInName", with("X-\xe9: 1"), 400, Counter::kHttpHeaderName},
        {"BareCrInValue", with("X-N: a\rb"), 400, Counter::kHttpHeaderValue},
        {"NulInValue", with(std::string("X-N: a\0b", 8)), 400, Counter::kHttpHeaderValue},
        {"ControlInLongValue", with("X-N: " + std::string(40, 'a') + "\x01" + std::string(40, 'a')), 400,
         Counter::kHttpHeaderValue},
        {"DelInValue", with("X-N: a\x7f"), 400, Counter::kHttpHeaderValue},
        {"TooManyHeaders",
         [] {
           std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
           for (int i = 0; i < 100; ++i) head += "X: 1\r\n";
           return head + "\r\n";
         }(),
         431, Counter::kHttpTooManyHeaders},
        {"HostMissing", "GET / HTTP/1.1\r\nX: 1\r\n\r\n", 400, Counter::kHttpHostMissing},
        {"HostRepeated", with("host: a"), 400, Counter::kHttpHostRepeated},
        {"HostRepeatedWithAbsoluteForm", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400,
         Counter::kHttpHostRepeated},
        {"HostMissingWithAbsoluteForm", "GET http://a/ HTTP/1.1\r\n\r\n", 400, Counter::kHttpHostMissing},
        {"HostWithSpace", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, Counter::kHttpHost},
        {"HostWithSlash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, Counter::kHttpHost},
        {"HostEmpty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, Counter::kHttpHost},
        {"HostWithUser", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400, Counter::kHttpHost},
        {"HostPortAlone", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400, Counter::kHttpHost},
        {"HostPortNotDigits", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", 400, Counter::kHttpHost},
        {"HostPortTooHigh", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400, Counter::kHttpHost},
        {"HostList", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, Counter::kHttpHost},
        {"HostOpenBracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400, Counter::kHttpHost},
        {"HostBracketsWithName", "GET / HTTP/1.1\r\nHost: [xyz]\r\n\r\n", 400, Counter::kHttpHost},
    }),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Framing, RefusedRequest,
    testing::ValuesIn(std::vector<RefusedCase>{
        {"LengthTwiceEqual", with("Content-Length: 1\r\nContent-Length: 1"), 400, Counter::kHttpContentLength},
        {"LengthTwiceDifferent", with("Content-Length: 1\r\nContent-Length: 2"), 400, Counter::kHttpContentLength},
        {"LengthList", with("Content-Length: 1, 1"), 400, Counter::kHttpContentLength},
        {"LengthNegative", with("Content-Length: -1"), 400, Counter::kHttpContentLength},
        {"LengthPlus", with("Content-Length: +1"), 400, Counter::kHttpContentLength},
        {"LengthHex", with("Content-Length: 0x1"), 400, Counter::kHttpContentLength},
        {"LengthEmpty", with("Content-Length: "), 400, Counter::kHttpContentLength},
        {"LengthWithSpace", with("Content-Length: 1 2"), 400, Counter::kHttpContentLength},
        {"LengthOverflows", with("Content-Length: 18446744073709551617"), 400, Counter::kHttpContentLength},
        {"LengthOverSigned", with("Content-Length: 9223372036854775808"), 400, Counter::kHttpContentLength},
        {"LengthOverLimit", with("Content-Length: 1073741825"), 413, Counter::kHttpBodyTooLarge},
        {"LengthAndChunked", with("Content-Length: 3\r\nTransfer-Encoding: chunked"), 400,
         Counter::kHttpLengthAndCoding},
        {"ChunkedAndLength", with("Transfer-Encoding: chunked\r\nContent-Length: 3"), 400,
         Counter::kHttpLengthAndCoding},
        {"ChunkedTwice", with("Transfer-Encoding: chunked, chunked"), 400, Counter::kHttpTransferCoding},
        {"ChunkedTwoFields", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400,
         Counter::kHttpTransferCoding},
        {"CodingOverTwoFields", with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), 400,
         Counter::kHttpTransferCoding},
        {"ChunkedNotLast", with("Transfer-Encoding: chunked, gzip"), 400, Counter::kHttpTransferCoding},
        {"GzipAlone", with("Transfer-Encoding: gzip"), 400, Counter::kHttpTransferCoding},
        {"Identity", with("Transfer-Encoding: identity"), 400, Counter::kHttpTransferCoding},
        {"CodingEmpty", with("Transfer-Encoding:"), 400, Counter::kHttpTransferCoding},
        {"EmptyElement", with("Transfer-Encoding: , chunked"), 400, Counter::kHttpTransferCoding},
        {"ChunkedWithParameter", with("Transfer-Encoding: chunked;q=1"), 400, Counter::kHttpTransferCoding},
        {"ChunkedWithVerticalTab",
         with("Transfer-Encoding: \x0b"
              "chunked"),
         400, Counter::kHttpHeaderValue},
        {"XChunked", with("Transfer-Encoding: xchunked"), 400, Counter::kHttpTransferCoding},
        {"GzipThenChunked", with("Transfer-Encoding: gzip, chunked"), 501, Counter::kHttpUnknownCoding},
        {"ChunkedInVersion10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
         Counter::kHttpTransferCoding},
    }),
    name_of);

TEST_F(RequestHead, OriginForm) {
  ASSERT_FALSE(parse("GET /a/b?x=1&y HTTP/1.1\r\nHost: h.example:8080\r\nX-A:  v w \t\r\nX-B:\r\n\r\n"));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a/b?x=1&y");
  EXPECT_EQ(request.path, "/a/b");
  EXPECT_EQ(request.query, "x=1&y");
  EXPECT_TRUE(request.has_query);
  EXPECT_EQ(request.authority, "h.example:8080");
  EXPECT_EQ(request.headers.size(), 3u);
  EXPECT_EQ(request.headers.find("x-a"), "v w");
  EXPECT_EQ(request.headers.find("x-b"), "");
  EXPECT_EQ(request.framing.kind, Framing::kNone);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_FALSE(request.expects_continue);
}

TEST_F(RequestHead, EmptyQueryIsNotNoQuery) {
  ASSERT_FALSE(parse(line("GET /a? HTTP/1.1")));
  EXPECT_TRUE(request.has_query);
  EXPECT_EQ(request.query, "");
}

TEST_F(RequestHead, AbsoluteForm_AuthorityReplacesHost) {
  ASSERT_FALSE(parse("GET http://a:99/e?x HTTP/1.1\r\nHost: b\r\n\r\n"));
  EXPECT_EQ(request.authority, "a:99");
  EXPECT_EQ(request.path, "/e");
  EXPECT_EQ(request.query, "x");
  EXPECT_EQ(request.headers.find("Host"), "b");
}

TEST_F(RequestHead, AbsoluteForm_WithoutPath) {
  ASSERT_FALSE(parse(line("GET HTTPS://a?x HTTP/1.1")));
  EXPECT_EQ(request.path, "/");
  EXPECT_EQ(request.query, "x");
}

TEST_F(RequestHead, AsteriskForm) {
  ASSERT_FALSE(parse(line("OPTIONS * HTTP/1.1")));
  EXPECT_EQ(request.path, "*");
}

TEST_F(RequestHead, OddButAcceptedTargets) {
  for (const char* target : {"/<x>", "/a|b", "/a\\b", "/\xc3\xa9", "/[x]", "/a?%g", "/\"q\"", "/{a}^`"}) {
    Request one(arena);
    EXPECT_FALSE(parse_request_head(line("GET " + std::string(target) + " HTTP/1.1"), limits, one)) << target;
  }
}

TEST_F(RequestHead, OddButAcceptedHosts) {
  for (const char* host : {"a", "A.example", "198.18.0.1:80", "[::1]", "[2001:db8::1]:8443", "a_b", "xn--e1a"}) {
    Request one(arena);
    const std::string head = "GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
    EXPECT_FALSE(parse_request_head(head, limits, one)) << host;
    EXPECT_EQ(one.authority, host);
  }
}

TEST_F(RequestHead, OddButAcceptedMethods) {
  for (const char* method : {"PURGE", "A_B", "M-SEARCH"}) {
    Request one(arena);
    EXPECT_FALSE(parse_request_head(line(std::string(method) + " / HTTP/1.1"), limits, one)) << method;
  }
}

TEST_F(RequestHead, Version10MayBeWithoutHost) {
  ASSERT_FALSE(parse("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(request.version.minor, 0);
  EXPECT_EQ(request.authority, "");
  EXPECT_FALSE(request.keep_alive);
}

TEST_F(RequestHead, Version10KeepsAliveWhenAsked) {
  ASSERT_FALSE(parse("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n"));
  EXPECT_TRUE(request.keep_alive);
}

TEST_F(RequestHead, CloseInAnyConnectionField) {
  ASSERT_FALSE(parse(with("Connection: keep-alive\r\nConnection: X-A, CLOSE")));
  EXPECT_FALSE(request.keep_alive);
}

TEST_F(RequestHead, ChunkedOfAnyCase) {
  ASSERT_FALSE(parse(with("Transfer-Encoding: Chunked")));
  EXPECT_EQ(request.framing.kind, Framing::kChunked);
}

TEST_F(RequestHead, Length) {
  ASSERT_FALSE(parse(with("Content-Length: 0000000012")));
  EXPECT_EQ(request.framing.kind, Framing::kLength);
  EXPECT_EQ(request.framing.length_bytes, 12u);
}

TEST_F(RequestHead, ExpectIsForVersion11) {
  ASSERT_FALSE(parse(with("Expect: 100-Continue\r\nContent-Length: 1")));
  EXPECT_TRUE(request.expects_continue);
  Request old(arena);
  ASSERT_FALSE(parse_request_head("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", limits, old));
  EXPECT_FALSE(old.expects_continue);
}

TEST_F(RequestHead, RefusedHeadStillTellsItsMethod) {
  ASSERT_TRUE(parse("HEAD /%g HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(request.method, "HEAD");
}

TEST_F(RequestHead, WithoutMemoryItIs503) {
  BlockPool empty(0);
  Arena none(empty);
  Request poor(none);
  const auto refused = parse_request_head(line("GET / HTTP/1.1"), limits, poor);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->error.reason, Counter::kHttpNoMemory);
}

class ResponseHead : public testing::Test {
 protected:
  std::optional<MessageError> parse(std::string_view head, Answers answers = Answers::kOther) {
    response = Response(arena);
    return parse_response_head(head, 100, answers, response);
  }
  test::TestWorker worker;
  Arena arena{worker.blocks};
  Response response{arena};
};

TEST_F(ResponseHead, Plain) {
  ASSERT_FALSE(parse("HTTP/1.1 200 Own Reason\r\nContent-Length: 2\r\nX: y\r\n\r\n"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.reason, "Own Reason");
  EXPECT_EQ(response.framing.kind, Framing::kLength);
  EXPECT_EQ(response.framing.length_bytes, 2u);
  EXPECT_TRUE(response.keep_alive);
}

TEST_F(ResponseHead, ReasonMayBeEmptyOrAbsent) {
  ASSERT_FALSE(parse("HTTP/1.1 200 \r\n\r\n"));
  EXPECT_EQ(response.reason, "");
  ASSERT_FALSE(parse("HTTP/1.1 204\r\n\r\n"));
  EXPECT_EQ(response.status, 204);
}

TEST_F(ResponseHead, BadStatusLines) {
  for (const char* bad :
       {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 X", "HTTP/1.1  200 OK", "HTTP/2.0 200 OK", "HTP/1.1 200 OK",
        "200 OK", "", "HTTP/1.1 2x0 OK", "HTTP/1.1 200\tOK", "ICY 200 OK", "HTTP/1.1 200 a\rb"}) {
    const auto refused = parse(std::string(bad) + "\r\n\r\n");
    ASSERT_TRUE(refused) << bad;
    EXPECT_EQ(refused->error.reason, Counter::kHttpOriginStatusLine) << bad;
  }
}

TEST_F(ResponseHead, WithoutFramingLastsUntilClose) {
  ASSERT_FALSE(parse("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_EQ(response.framing.kind, Framing::kUntilClose);
  EXPECT_FALSE(response.keep_alive);
}

TEST_F(ResponseHead, BodylessWhateverTheFieldsSay) {
  for (const char* head : {"HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n",
                           "HTTP/1.1 103 E\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    ASSERT_FALSE(parse(head)) << head;
    EXPECT_EQ(response.framing.kind, Framing::kNone) << head;
    EXPECT_TRUE(response.keep_alive) << head;
  }
  ASSERT_FALSE(parse("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Answers::kHead));
  EXPECT_EQ(response.framing.kind, Framing::kNone);
}

TEST_F(ResponseHead, MalformedFramingIsRefused) {
  for (const char* fields : {"Content-Length: 2\r\nContent-Length: 3", "Content-Length: 2\r\nContent-Length: 2",
                             "Content-Length: x", "Content-Length: 3\r\nTransfer-Encoding: chunked",
                             "Transfer-Encoding: gzip", "Transfer-Encoding: gzip, chunked"}) {
    EXPECT_TRUE(parse("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\n\r\n")) << fields;
  }
  EXPECT_TRUE(parse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
}

TEST_F(ResponseHead, Version10ClosesUnlessItSaysOtherwise) {
  ASSERT_FALSE(parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(response.keep_alive);
  ASSERT_FALSE(parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_TRUE(response.keep_alive);
}

TEST(Trailers, ThoseThatFrameOrAuthenticateAreLeftOut) {
  test::TestWorker worker;
  Arena arena(worker.blocks);
  HeaderMap out(arena);
  ASSERT_FALSE(parse_trailers(
      "X-Sum: 1\r\nContent-Length: 5\r\nauthorization: x\r\nSet-Cookie: a\r\ngrpc-status: 0\r\n\r\n", 10, out));
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out.all()[0].name, "X-Sum");
  EXPECT_EQ(out.all()[1].name, "grpc-status");
}

TEST(Trailers, MalformedOrTooManyAreRefused) {
  test::TestWorker worker;
  Arena arena(worker.blocks);
  HeaderMap one(arena), two(arena);
  EXPECT_TRUE(parse_trailers("X : 1\r\n\r\n", 10, one));
  EXPECT_TRUE(parse_trailers("X: 1\r\nX: 2\r\nX: 3\r\n\r\n", 2, two));
}

TEST(HasToken, LooksAtEveryElementOfEveryField) {
  test::TestWorker worker;
  Arena arena(worker.blocks);
  HeaderMap headers(arena);
  ASSERT_TRUE(headers.add("Connection", "a, b,,") && headers.add("connection", "Close"));
  EXPECT_TRUE(has_token(headers, "Connection", "B"));
  EXPECT_TRUE(has_token(headers, "Connection", "close"));
  EXPECT_FALSE(has_token(headers, "Connection", "clos"));
  EXPECT_FALSE(has_token(headers, "TE", "a"));
}

}  // namespace sluice::http
