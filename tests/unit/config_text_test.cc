// The kinds of text, paths, hosts and URLs of a policy, as tables.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>

#include "config/host_text.h"
#include "config/path_text.h"
#include "config/regex_text.h"
#include "config/service_url.h"
#include "config/text_checks.h"
#include "config_support.h"

namespace sluice::config {
namespace {

using policy::TextKind;

struct TextCase {
  TextKind kind;
  const char* text;
  const char* problem;
};

class TextChecks : public ::testing::TestWithParam<TextCase> {};

TEST_P(TextChecks, SayWhatIsWrong) {
  EXPECT_EQ(check_text(GetParam().kind, GetParam().text), GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(
    Table, TextChecks,
    ::testing::Values(
        TextCase{TextKind::kName, "a.b-c_d~1\xc3\xa9", ""},
        TextCase{TextKind::kName, "a b",
                 "invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~"},
        TextCase{TextKind::kHost, "198.18.1.2", ""}, TextCase{TextKind::kHost, "2001:db8::1", ""},
        TextCase{TextKind::kHost, "a.example.", ""},
        TextCase{TextKind::kHost, "a..example", "invalid value: a..example"},
        TextCase{TextKind::kHost, "a.example:80", "must not have a port"},
        TextCase{TextKind::kHost, "1.2.3", "invalid value: 1.2.3"},
        TextCase{TextKind::kRouteHost, "*.a.example:99", ""}, TextCase{TextKind::kRouteHost, "a.*", ""},
        TextCase{TextKind::kSni, "*.a.example", ""}, TextCase{TextKind::kSni, "1.2.3.4", "must not be an IP"},
        TextCase{TextKind::kUpstreamName, "u.example", ""},
        TextCase{TextKind::kUpstreamName, "1.2.3.4", "Invalid name ('1.2.3.4'); no ip addresses allowed"},
        TextCase{TextKind::kUpstreamName, "u:80", "Invalid name ('u:80'); no port allowed"},
        TextCase{TextKind::kTarget, "[::1]:80", ""}, TextCase{TextKind::kPath, "/a/%20b", ""},
        TextCase{TextKind::kPath, "/a b",
                 "invalid path: '/a b' (characters outside of the reserved list of RFC 3986 found)"},
        TextCase{TextKind::kRoutePath, "/sp ace/\xc3\xa9", ""}, TextCase{TextKind::kRoutePath, "~/a/(?<x>\\d+)$", ""},
        TextCase{TextKind::kRoutePath, "~/(",
                 "invalid regex: '/(' (PCRE returned: pcre2_compile() failed: missing closing parenthesis in \"/(\")"},
        TextCase{TextKind::kRoutePath, "~/a)b",
                 "invalid regex: '/a)b' (PCRE returned: pcre2_compile() failed: unmatched closing parenthesis in "
                 "\"/a)b\" at \")b\")"},
        TextCase{TextKind::kRoutePath, "/a%2fb", "non-normalized path, consider use '/a%2Fb' instead"},
        TextCase{TextKind::kHeaderName, "X-A_1", ""},
        TextCase{TextKind::kHeaderName, "a:b",
                 "bad header name 'a:b', allowed characters are A-Z, a-z, 0-9, '_', and '-'"},
        TextCase{TextKind::kRouteHeader, "HOST",
                 "cannot contain 'host' header, which must be specified in the 'hosts' attribute"},
        TextCase{TextKind::kMethod, "PROPFIND", ""}, TextCase{TextKind::kMethod, "get", "invalid value: get"},
        TextCase{TextKind::kToken, "a;b",
                 "contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the "
                 "characters ()<>@,;:\\\"/?={}[] are not allowed."},
        TextCase{TextKind::kCorsOrigin, "*", ""},
        TextCase{TextKind::kPublicKey, "-----BEGIN PUBLIC KEY-----\n", "invalid key"}));

struct PathCase {
  const char* path;
  const char* normal;
};

class Paths : public ::testing::TestWithParam<PathCase> {};

TEST_P(Paths, AreNormalisedAsKongDoes) {
  EXPECT_EQ(normalise_path(GetParam().path), GetParam().normal);
}

INSTANTIATE_TEST_SUITE_P(Table, Paths,
                         ::testing::Values(PathCase{"/", "/"}, PathCase{"/a/../b", "/b"}, PathCase{"/a/./b/", "/a/b/"},
                                           PathCase{"/a/..", "/"}, PathCase{"/../../a", "/a"},
                                           PathCase{"//a///b", "/a/b"}, PathCase{"/%2e%2e/a", "/a"},
                                           PathCase{"/a%2Fb%3f", "/a%2Fb%3F"}, PathCase{"/a%zz", "/a%zz"},
                                           PathCase{"/x%20y", "/x y"}, PathCase{"/a/b/.", "/a/b/"},
                                           PathCase{"/...", "/..."}));

TEST(ServiceUrl, PartsAndDefaults) {
  const auto parts = [](std::string_view url) {
    const ServiceUrl parsed = parse_service_url(url);
    return fmt::format("{} {} {} {}{}", parsed.protocol, parsed.host, parsed.port, parsed.path.value_or("-"),
                       parsed.has_more ? " more" : "");
  };
  EXPECT_EQ(parts("https://user@[2001:db8::1]/a?b#c"), "https 2001:db8::1 443 /a more");
  EXPECT_EQ(parts("http://h:8080"), "http h 8080 -");
  EXPECT_EQ(parts("//h:443/a;b"), "https h 443 /a more");
  EXPECT_EQ(parts("//h/a"), "http h 80 /a");
  EXPECT_EQ(parts("h.example:80"), "h.example  80 80");
  EXPECT_EQ(parts("nonsense"), "http  80 nonsense");
  EXPECT_EQ(parts("http://"), "http  80 -");
}

TEST(Replacement, StandsForGroupsThatAreThere) {
  EXPECT_EQ(check_replacement("/$0/$1/$$", 1), "");
  EXPECT_NE(check_replacement("/$2", 1), "");
  EXPECT_NE(check_replacement("/$", 1), "");
  EXPECT_EQ(check_replacement("/$$0", std::nullopt), "");
  EXPECT_NE(check_replacement("/$0", std::nullopt), "");
  EXPECT_EQ(capture_count("(a)(?:b)(?<n>c)"), 2u);
}

TEST(DiagnosticLine, IsOneLineWhateverTheFileHolds) {
  EXPECT_EQ(mistakes("_format_version: \"3.0\"\n\"x\\n[9\": 1\n"),
            (std::vector<std::string>{"p:2:1: x\\x0a\\x5b9: unknown field"}));
}

}  // namespace
}  // namespace sluice::config
