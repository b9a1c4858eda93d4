// The JSON reader: what it takes, what it refuses, and that a reading survives being moved.
#include "token/json.h"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace sluice::token::json {

class Document {
 public:
  explicit Document(std::string_view text, size_t node_room = 4096) : text_(text), nodes_(node_room) {
    count_ = parse(text_, nodes_);
  }
  bool ok() const { return count_.has_value(); }
  size_t nodes() const { return *count_; }
  Value root() const { return Value(text_.data(), nodes_.data(), 0); }

 private:
  std::string text_;
  std::vector<Node> nodes_;
  std::optional<size_t> count_;
};

struct TextCase {
  std::string_view text;
};
void PrintTo(const TextCase& c, std::ostream* out) {
  *out << c.text;
}

class AcceptedText : public testing::TestWithParam<TextCase> {};
TEST_P(AcceptedText, IsJson) {
  EXPECT_TRUE(Document(GetParam().text).ok());
}
INSTANTIATE_TEST_SUITE_P(Cases, AcceptedText,
                         testing::ValuesIn(std::vector<TextCase>{
                             {"{}"},
                             {"[]"},
                             {" \t\r\n{ } "},
                             {"\"\""},
                             {"0"},
                             {"-0"},
                             {"10.5e+3"},
                             {"1E-2"},
                             {"true"},
                             {"false"},
                             {"null"},
                             {R"({"a":[1,{"b":"c"},[]],"d":null})"},
                             {R"("\u00e9\ud83d\ude00\n\/")"},
                             {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
                         }));

class RefusedText : public testing::TestWithParam<TextCase> {};
TEST_P(RefusedText, IsNotJson) {
  EXPECT_FALSE(Document(GetParam().text).ok());
}
INSTANTIATE_TEST_SUITE_P(Cases, RefusedText,
                         testing::ValuesIn(std::vector<TextCase>{
                             {""},
                             {" "},
                             {"{"},
                             {"}"},
                             {"{\"a\"}"},
                             {"{\"a\":}"},
                             {"{\"a\":1,}"},
                             {"{a:1}"},
                             {"{'a':1}"},
                             {"{\"a\":1 \"b\":2}"},
                             {"{} {}"},
                             {"{}x"},
                             {"[1,]"},
                             {"[,1]"},
                             {"[1 2]"},
                             {"[1"},
                             {"01"},
                             {"+1"},
                             {"-"},
                             {"1."},
                             {".5"},
                             {"1e"},
                             {"1e+"},
                             {"0x10"},
                             {"NaN"},
                             {"Infinity"},
                             {"tru"},
                             {"True"},
                             {"nul"},
                             {"\""},
                             {"\"\\\""},
                             {"\"\\x41\""},
                             {"\"\\u12\""},
                             {"\"\\u12g4\""},
                             {"\"\\u-123\""},
                             {"\"\\ud800\""},
                             {"\"\\ud800x\""},
                             {"\"\\ud800\\u0041\""},
                             {"\"\\udc00\""},
                             {"\"a\nb\""},
                             {"\"a\x01\""},
                             {"\"\x80\""},
                             {"\"\xc3\""},
                             {"\"\xc0\xaf\""},
                             {"\"\xe0\x80\xaf\""},
                             {"\"\xed\xa0\x80\""},
                             {"\"\xf0\x80\x80\xaf\""},
                             {"\"\xf4\x90\x80\x80\""},
                             {"\"\xff\""},
                             {"// {}"},
                             {"\xef\xbb\xbf{}"},
                         }));

TEST(JsonValue, MembersAreFoundByName) {
  const Document d(R"({"iss":"joe","exp":1300819380,"root":true,"none":null,"list":["x",2]})");
  ASSERT_TRUE(d.ok());
  EXPECT_EQ(d.root().find("iss")->string(), "joe");
  EXPECT_EQ(d.root().find("exp")->number(), 1300819380.0);
  EXPECT_EQ(d.root().find("root")->kind(), Kind::kTrue);
  EXPECT_EQ(d.root().find("none")->kind(), Kind::kNull);
  EXPECT_EQ(d.root().find("list")->kind(), Kind::kArray);
  EXPECT_FALSE(d.root().find("Iss"));
  EXPECT_FALSE(d.root().find("x"));
}

TEST(JsonValue, MembersOfMembersAreNotTheObjectsOwn) {
  const Document d(R"({"a":{"b":1,"c":{"d":2}},"e":3})");
  ASSERT_TRUE(d.ok());
  EXPECT_FALSE(d.root().find("b"));
  EXPECT_EQ(d.root().find("a")->find("c")->find("d")->number(), 2);
  EXPECT_EQ(d.root().find("e")->number(), 3);
}

TEST(JsonValue, OfDuplicateNamesTheLastCounts) {
  const Document d(R"({"a":1,"b":2,"a":3})");
  ASSERT_TRUE(d.ok());
  EXPECT_EQ(d.root().find("a")->number(), 3);
  EXPECT_TRUE(d.root().has_duplicate_names());
}

TEST(JsonValue, AnEscapedNameIsADuplicateOfThePlainOne) {
  const Document d(R"({"alg":1,"\u0061lg":2})");
  ASSERT_TRUE(d.ok());
  EXPECT_TRUE(d.root().has_duplicate_names());
  EXPECT_EQ(d.root().find("alg")->number(), 2);
}

TEST(JsonValue, StringsAreUnescapedInPlace) {
  const Document d(R"({"a":["\u00e9\ud83d\ude00","\"\\\/\b\f\n\r\t"],"b":"plain"})");
  ASSERT_TRUE(d.ok());
  std::vector<std::string> texts;
  const Value list = *d.root().find("a");
  for (const Value element : list) texts.emplace_back(*element.string());
  EXPECT_EQ(texts, (std::vector<std::string>{"\xc3\xa9\xf0\x9f\x98\x80", "\"\\/\b\f\n\r\t"}));
  EXPECT_EQ(d.root().find("b")->string(), "plain");
}

TEST(JsonValue, AStringMayHoldNul) {
  const Document d(R"("a\u0000b")");
  ASSERT_TRUE(d.ok());
  EXPECT_EQ(d.root().string(), std::string_view("a\0b", 3));
}

TEST(JsonValue, OtherKindsHaveNoMembersStringsOrNumbers) {
  const Document d(R"(["x"])");
  ASSERT_TRUE(d.ok());
  EXPECT_FALSE(d.root().find("x"));
  EXPECT_FALSE(d.root().string());
  EXPECT_FALSE(d.root().number());
}

TEST(JsonValue, ANumberBeyondADoubleIsNone) {
  const Document d(R"([1e999,-1e999,12345678901234567890])");
  ASSERT_TRUE(d.ok());
  std::vector<std::optional<double>> numbers;
  const Value root = d.root();
  for (const Value element : root) numbers.push_back(element.number());
  EXPECT_EQ(numbers, (std::vector<std::optional<double>>{std::nullopt, std::nullopt, 12345678901234567890.0}));
}

TEST(JsonValue, NumbersKeepTheirDigits) {
  const Document d("12345678901234567891");
  ASSERT_TRUE(d.ok());
  EXPECT_EQ(d.root().text(), "12345678901234567891");
}

TEST(JsonParse, DepthIsBounded) {
  const auto nested = [](unsigned depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(Document(nested(kMaxDepth)).ok());
  EXPECT_FALSE(Document(nested(kMaxDepth + 2)).ok());
  EXPECT_FALSE(Document(nested(30000)).ok());
}

TEST(JsonParse, NodesAreBoundedByTheRoomGiven) {
  EXPECT_TRUE(Document("[1,2,3]", 4).ok());
  EXPECT_FALSE(Document("[1,2,3]", 3).ok());
  EXPECT_FALSE(Document("1", 0).ok());
}

TEST(JsonParse, NodesRoomSufficesForTheDensestText) {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += i == 0 ? "1" : ",1";
  text += "]";
  EXPECT_TRUE(Document(text, nodes_room(text.size())).ok());
}

TEST(JsonParse, ATextOfMoreThan64KiBIsRefused) {
  EXPECT_TRUE(Document("\"" + std::string(kMaxTextBytes - 2, 'a') + "\"").ok());
  EXPECT_FALSE(Document("\"" + std::string(kMaxTextBytes - 1, 'a') + "\"").ok());
}

TEST(JsonValue, ReadingSurvivesAMoveOfItsBytes) {
  std::string text = R"({"a":{"b":"c"},"d":[1,2]})";
  std::vector<Node> nodes(32);
  ASSERT_TRUE(parse(text, nodes));
  const auto moved_text = std::make_unique<std::string>(text);
  const auto moved_nodes = std::make_unique<std::vector<Node>>(nodes);
  text.assign(text.size(), '#');
  nodes.assign(nodes.size(), Node{});
  const Value root(moved_text->data(), moved_nodes->data(), 0);
  EXPECT_EQ(root.find("a")->find("b")->string(), "c");
}

}  // namespace sluice::token::json
