// Paths, queries and authorities: what Kong 3.9.1's router made of each (corpus router-normalise), and the helpers
// around it.
#include "http/url.h"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

#include "http/authority.h"
#include "support/test_worker.h"

namespace sluice::http {

struct PathCase {
  std::string_view sent;
  std::string_view normal;
};
void PrintTo(const PathCase& c, std::ostream* out) {
  *out << c.sent;
}

class NormalisePath : public testing::TestWithParam<PathCase> {
 protected:
  test::TestWorker worker;
  Arena arena{worker.blocks};
};

TEST_P(NormalisePath, GivesWhatRoutesAreMatchedAgainst) {
  ASSERT_EQ(check_path(GetParam().sent), PathFault::kGood);
  EXPECT_EQ(normalise_path(arena, GetParam().sent), GetParam().normal);
}

INSTANTIATE_TEST_SUITE_P(Corpus, NormalisePath,
                         testing::ValuesIn(std::vector<PathCase>{
                             {"/", "/"},
                             {"/plain/path", "/plain/path"},
                             {"/file.txt", "/file.txt"},
                             {"/keep/a/../b", "/keep/b"},
                             {"/keep/./a/.", "/keep/a/"},
                             {"/keep/a/..", "/keep/"},
                             {"/keep/..", "/"},
                             {"/keep/%2e%2e/x", "/x"},
                             {"/keep/%2E/y", "/keep/y"},
                             {"/keep/a%20b", "/keep/a b"},
                             {"/keep/%25", "/keep/%25"},
                             {"/keep/a%23b", "/keep/a%23b"},
                             {"/keep/%5Bx%5D", "/keep/%5Bx%5D"},
                             {"/strip//x//y", "/strip/x/y"},
                             {"/strip/a//", "/strip/a/"},
                             {"/strip/%61%62", "/strip/ab"},
                             {"/strip/%7Euser", "/strip/~user"},
                             {"/strip/a%2fb", "/strip/a%2Fb"},
                             {"/strip/a%3Fb", "/strip/a%3Fb"},
                             {"/strip/[x]", "/strip/[x]"},
                             {"/strip/%c3%a9", "/strip/\xc3\xa9"},
                             {"/a/...", "/a/..."},
                             {"/a/..b/.c", "/a/..b/.c"},
                             {"//", "/"},
                             {"/a//../b", "/b"},
                             {"/.", "/"},
                         }));

struct FaultCase {
  std::string_view sent;
  PathFault fault;
};
void PrintTo(const FaultCase& c, std::ostream* out) {
  *out << c.sent;
}

class CheckPath : public testing::TestWithParam<FaultCase> {};

TEST_P(CheckPath, FindsTheFault) {
  EXPECT_EQ(check_path(GetParam().sent), GetParam().fault);
}

INSTANTIATE_TEST_SUITE_P(Table, CheckPath,
                         testing::ValuesIn(std::vector<FaultCase>{
                             {"/a%", PathFault::kBadEscape},
                             {"/a%4", PathFault::kBadEscape},
                             {"/a%4g", PathFault::kBadEscape},
                             {"/e%00", PathFault::kBadEscape},
                             {"/../../keep", PathFault::kAboveRoot},
                             {"/a/../..", PathFault::kAboveRoot},
                             {"/a//../..", PathFault::kAboveRoot},
                             {"/%2e%2E/x", PathFault::kAboveRoot},
                             {"/.%2e/x", PathFault::kAboveRoot},
                             {"/a/../b", PathFault::kGood},
                             {"/...", PathFault::kGood},
                             {"/%2e%2e%2e", PathFault::kGood},
                         }));

class Url : public testing::Test {
 protected:
  test::TestWorker worker;
  Arena arena{worker.blocks};
};

TEST_F(Url, NormalisePath_GivesBackANormalPathItself) {
  const std::string_view path = "/a/b.c";
  EXPECT_EQ(normalise_path(arena, path).data(), path.data());
}

TEST_F(Url, NormalisePath_WithoutMemorySaysSo) {
  BlockPool empty(0);
  Arena none(empty);
  EXPECT_EQ(normalise_path(none, "/a/../b").data(), nullptr);
}

TEST_F(Url, EscapePath_EncodesWhatMayNotStandInAPath) {
  EXPECT_EQ(escape_path(arena, "/<x> |\\\xc3\xa9"), "/%3Cx%3E%20%7C%5C%C3%A9");
  EXPECT_EQ(escape_path(arena, "/a%2Fb!$&'()*,=:@[x];~"), "/a%2Fb!$&'()*,=:@[x];~");
}

TEST_F(Url, PercentDecode_LeavesMalformedEscapes) {
  EXPECT_EQ(percent_decode(arena, "a%20b%zz%4"), "a b%zz%4");
  EXPECT_EQ(percent_decode(arena, "a+b"), "a+b");
  EXPECT_EQ(percent_decode(arena, "a+b%2B", Plus::kSpace), "a b+");
}

TEST_F(Url, PercentEncode_EncodesAllButUnreserved) {
  EXPECT_EQ(percent_encode(arena, "/ &=+\xe2\x82\xac"), "%2F%20%26%3D%2B%E2%82%AC");
  EXPECT_EQ(percent_encode(arena, "aZ09-_.~!'()*"), "aZ09-_.~!'()*");
}

TEST_F(Url, QueryReader_TellsEmptyFromMissingValues) {
  QueryReader reader("a=1&b&&c=&=d&e=f=g");
  std::vector<std::string> seen;
  while (auto argument = reader.next()) {
    seen.push_back(std::string(argument->name) + (argument->has_value ? "=" : "-") + std::string(argument->value));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a=1", "b-", "c=", "=d", "e=f=g"}));
}

TEST(SplitAuthority, IsHostAndPort) {
  const auto parts = [](std::string_view text) {
    const Authority a = split_authority(text);
    return std::pair(std::string(a.host), a.port ? static_cast<int>(a.port->value) : -1);
  };
  EXPECT_EQ(parts("a.example"), std::pair(std::string("a.example"), -1));
  EXPECT_EQ(parts("a.example:81"), std::pair(std::string("a.example"), 81));
  EXPECT_EQ(parts("a.example:"), std::pair(std::string("a.example"), -1));
  EXPECT_EQ(parts("a.example:99999"), std::pair(std::string("a.example"), -1));
  EXPECT_EQ(parts("[2001:db8::1]"), std::pair(std::string("[2001:db8::1]"), -1));
  EXPECT_EQ(parts("[2001:db8::1]:81"), std::pair(std::string("[2001:db8::1]"), 81));
  EXPECT_EQ(parts("a:81:82"), std::pair(std::string("a"), -1));
  EXPECT_EQ(parts(""), std::pair(std::string(""), -1));
}

}  // namespace sluice::http
