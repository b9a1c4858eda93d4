// YAML and JSON texts as trees: marks, scalars, aliases, and what hostile texts get.
#include <gtest/gtest.h>

#include <string>

#include "config/yaml_scalar.h"
#include "config/yaml_tree.h"

namespace sluice::config {
namespace {

// The first mistake of a text, "line:column message"; empty if it is a tree.
std::string refusal(const std::string& text) {
  Diagnostics diagnostics;
  const YamlTree tree(text, diagnostics);
  if (diagnostics.ok()) return {};
  const Diagnostic& first = diagnostics.errors().front();
  return std::to_string(first.mark.line) + ":" + std::to_string(first.mark.column) + " " + first.message;
}

TEST(YamlTree, Nodes_KnowLineAndColumn) {
  Diagnostics diagnostics;
  const YamlTree tree("a: 1\nb:\n- x\n- {c: y}\n", diagnostics);
  ASSERT_NE(tree.root(), nullptr);
  const YamlNode* list = tree.root()->find("b");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->items[0]->mark.line, 3u);
  EXPECT_EQ(list->items[0]->mark.column, 3u);
  EXPECT_EQ(list->items[1]->find("c")->mark.line, 4u);
  EXPECT_EQ(list->items[1]->find("c")->mark.column, 7u);
}

TEST(YamlTree, PlainScalars_ResolveAndQuotedOnesAreStrings) {
  Diagnostics diagnostics;
  const YamlTree tree("[~, null, '', yes, 'yes', 12, '12', -0.5, 1e3, abc, !!str 7, 1.2.3]", diagnostics);
  ASSERT_NE(tree.root(), nullptr);
  const std::vector<YamlKind> expected = {YamlKind::kNull,   YamlKind::kNull,   YamlKind::kString, YamlKind::kBool,
                                          YamlKind::kString, YamlKind::kNumber, YamlKind::kString, YamlKind::kNumber,
                                          YamlKind::kNumber, YamlKind::kString, YamlKind::kString, YamlKind::kString};
  std::vector<YamlKind> kinds;
  for (const YamlNode* item : tree.root()->items) kinds.push_back(item->kind);
  EXPECT_EQ(kinds, expected);
}

TEST(YamlTree, Json_IsYaml) {
  Diagnostics diagnostics;
  const YamlTree tree("{\n\t\"a\": [1, true, null, \"x\\u00e9\\/\"]\n}", diagnostics);
  ASSERT_NE(tree.root(), nullptr) << refusal("{\n\t\"a\": [1, true, null, \"x\\u00e9\\/\"]\n}");
  EXPECT_EQ(tree.root()->find("a")->items[3]->text, "x\xc3\xa9/");
}

TEST(YamlTree, Json_MayWriteACharacterAsASurrogatePair) {
  Diagnostics diagnostics;
  const YamlTree tree(R"({"a": "x\ud83d\uDE00y", "b": "\\ud83d\\ude00"})", diagnostics);
  ASSERT_NE(tree.root(), nullptr);
  EXPECT_EQ(tree.root()->find("a")->text, "x\xf0\x9f\x98\x80y");
  EXPECT_EQ(tree.root()->find("b")->text, R"(\ud83d\ude00)");
}

TEST(YamlTree, HalfASurrogatePair_IsRefused) {
  EXPECT_NE(refusal(R"({"a": "\ud83d"})"), "");
  EXPECT_NE(refusal(R"({"a": "\ude00\ud83d"})"), "");
}

TEST(YamlTree, TextInYamlQuotes_KeepsItsBackslashes) {
  Diagnostics diagnostics;
  const YamlTree tree(R"({a: '\ud83d\ude00'})", diagnostics);
  ASSERT_NE(tree.root(), nullptr);
  EXPECT_EQ(tree.root()->find("a")->text, R"(\ud83d\ude00)");
}

TEST(YamlTree, Aliases_ShareNodes) {
  Diagnostics diagnostics;
  const YamlTree tree("a: &x [1, 2]\nb: *x\n", diagnostics);
  ASSERT_NE(tree.root(), nullptr);
  EXPECT_EQ(tree.root()->find("a"), tree.root()->find("b"));
}

TEST(YamlTree, MergeKey_AddsWhatIsNotThere) {
  Diagnostics diagnostics;
  const YamlTree tree("base: &b {x: 1, y: 2}\nover: {<<: *b, y: 3}\n", diagnostics);
  ASSERT_NE(tree.root(), nullptr);
  EXPECT_EQ(tree.root()->find("over")->find("x")->text, "1");
  EXPECT_EQ(tree.root()->find("over")->find("y")->text, "3");
}

struct Refused {
  const char* name;
  std::string text;
  const char* message;
};

class YamlRefusal : public ::testing::TestWithParam<Refused> {};

TEST_P(YamlRefusal, SaysWhereAndWhy) {
  EXPECT_EQ(refusal(GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, YamlRefusal,
    ::testing::Values(Refused{"DuplicateKey", "a: 1\nb: 2\na: 3\n", "3:1 key 'a' is given twice"},
                      Refused{"SecondDocument", "a: 1\n---\nb: 2\n", "2:1 expected one document, found a second"},
                      Refused{"UnknownAlias", "a: *x\n", "1:4 invalid reference: x"},
                      Refused{"AliasInsideItself", "a: &x [*x]\n", "1:8 invalid reference: x"},
                      Refused{"ListAsKey", "? [a]\n: 1\n", "1:3 expected a scalar as key"},
                      Refused{"UnknownTag", "a: !secret x\n", "1:4 unknown tag '!secret'"},
                      Refused{"NulCharacter", "a: \"x\\0y\"\n", "1:4 a NUL character is not allowed"},
                      Refused{"Tab", "a:\n\t- b\n", "2:1 found character that cannot start any token"},
                      Refused{"TooDeep", std::string(70, '['), "1:65 nested deeper than 64"},
                      Refused{"MergeOfText", "a: {<<: x}\n", "1:9 expected a map to merge"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(YamlTree, BillionLaughs_AreRefusedBeforeTheyAreWalked) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int j = 0; j < 9; ++j) text += ", " + below;
    text += "]\n";
  }
  EXPECT_NE(refusal(text).find("more than 4000000 values"), std::string::npos) << refusal(text);
}

TEST(YamlTree, MergedKeys_AreBounded) {
  std::string text = "base: &b {";
  for (int i = 0; i < 1000; ++i) text += "k" + std::to_string(i) + ": 1, ";
  text += "}\nlist:\n";
  for (int i = 0; i < 200; ++i) text += "- {<<: *b}\n";
  EXPECT_NE(refusal(text).find("too many merged keys"), std::string::npos) << refusal(text);
}

TEST(YamlTree, NotUtf8_IsRefused) {
  EXPECT_FALSE(refusal("a: \xff\xfe\xfd\n").empty());
}

TEST(YamlScalar, Durations_HaveUnitsAndDoNotOverflow) {
  EXPECT_EQ(to_duration("50us"), Duration::microseconds(50));
  EXPECT_EQ(to_duration("20ms"), Duration::milliseconds(20));
  EXPECT_EQ(to_duration("5m"), Duration::seconds(300));
  EXPECT_EQ(to_duration("0"), Duration());
  EXPECT_FALSE(to_duration("60"));
  EXPECT_FALSE(to_duration("1.5s"));
  EXPECT_FALSE(to_duration("-1s"));
  EXPECT_FALSE(to_duration("9223372036854775807s"));
}

TEST(YamlScalar, Bytes_HaveBinaryUnits) {
  EXPECT_EQ(to_bytes("65536"), 65536u);
  EXPECT_EQ(to_bytes("64KiB"), 65536u);
  EXPECT_EQ(to_bytes("1GiB"), 1073741824u);
  EXPECT_FALSE(to_bytes("1KB"));
  EXPECT_FALSE(to_bytes("17179869184GiB"));
}

struct PlainScalar {
  const char* text;
  YamlKind kind;
  double number = 0;
};

// Each as lyaml 6.2.8 on LuaJIT takes it.
constexpr PlainScalar kPlainScalars[] = {
    {"10", YamlKind::kNumber, 10},
    {"-7", YamlKind::kNumber, -7},
    {"+7", YamlKind::kNumber, 7},
    {"0", YamlKind::kNumber, 0},
    {"010", YamlKind::kNumber, 8},
    {"-010", YamlKind::kNumber, -8},
    {"00", YamlKind::kNumber, 0},
    {"0_7", YamlKind::kNumber, 7},
    {"08", YamlKind::kNumber, 8},
    {"019", YamlKind::kNumber, 19},
    {"1_000", YamlKind::kNumber, 1000},
    {"_5", YamlKind::kNumber, 5},
    {"5_", YamlKind::kNumber, 5},
    {"07_", YamlKind::kNumber, 7},
    {"0x10", YamlKind::kNumber, 16},
    {"-0x1F", YamlKind::kNumber, -31},
    {"0x_f_f", YamlKind::kNumber, 255},
    {"0X10", YamlKind::kString},
    {"0x", YamlKind::kString},
    {"0b11", YamlKind::kNumber, 3},
    {"0b1_0", YamlKind::kNumber, 2},
    {"0b1", YamlKind::kString},
    {"0b12", YamlKind::kString},
    {"12:30", YamlKind::kNumber, 750},
    {"1:02:03", YamlKind::kNumber, 3723},
    {"-1:30", YamlKind::kNumber, -90},
    {"12:99", YamlKind::kNumber, 819},
    {"12:", YamlKind::kString},
    {":30", YamlKind::kString},
    {"1::2", YamlKind::kString},
    {"12:30.5", YamlKind::kNumber, 750.5},
    {"1.5", YamlKind::kNumber, 1.5},
    {"1.", YamlKind::kNumber, 1},
    {".5", YamlKind::kNumber, 0.5},
    {"+.5", YamlKind::kNumber, 0.5},
    {".", YamlKind::kString},
    {"-", YamlKind::kString},
    {"1e3", YamlKind::kNumber, 1000},
    {"1E+3", YamlKind::kNumber, 1000},
    {"1.5e-1", YamlKind::kNumber, 0.15},
    {"1_0.5", YamlKind::kNumber, 10.5},
    {"010.5", YamlKind::kNumber, 10.5},
    {"0x1.8", YamlKind::kNumber, 1.5},
    {"0x1e3", YamlKind::kNumber, 483},
    {"1e", YamlKind::kString},
    {"1.2.3", YamlKind::kString},
    {"10.0.0.1:80", YamlKind::kString},
    {"12a", YamlKind::kString},
    {"inf", YamlKind::kString},
    {"nan", YamlKind::kString},
    {"-.nan", YamlKind::kString},
    {"true", YamlKind::kBool},
    {"On", YamlKind::kBool},
    {"NO", YamlKind::kBool},
    {"off", YamlKind::kBool},
    {"tRUE", YamlKind::kString},
    {"y", YamlKind::kString},
    {"n", YamlKind::kString},
    {"", YamlKind::kNull},
    {"~", YamlKind::kNull},
    {"Null", YamlKind::kNull},
    {"NULL", YamlKind::kNull},
    {"none", YamlKind::kString},
};

TEST(YamlScalar, PlainText_IsWhatLyamlTakesItFor) {
  for (const PlainScalar& scalar : kPlainScalars) {
    const auto kind = resolve_scalar("", true, scalar.text, NumberForms::kKong);
    EXPECT_EQ(kind, scalar.kind) << scalar.text;
    if (kind == YamlKind::kNumber) EXPECT_DOUBLE_EQ(to_number(scalar.text).value(), scalar.number) << scalar.text;
    EXPECT_EQ(resolve_scalar("", false, scalar.text, NumberForms::kKong), YamlKind::kString) << scalar.text;
    EXPECT_EQ(resolve_scalar("!", true, scalar.text, NumberForms::kKong), scalar.kind) << scalar.text;
  }
}

// They are numbers, but none that a policy could hold.
TEST(YamlScalar, NumbersWithoutAnEnd_AreNoText) {
  for (const char* text : {".inf", "-.Inf", "+.INF", ".nan", ".NaN", "1e999"}) {
    EXPECT_EQ(resolve_scalar("", true, text, NumberForms::kKong), YamlKind::kNumber) << text;
    EXPECT_FALSE(to_number(text)) << text;
    EXPECT_FALSE(to_integer(text)) << text;
  }
}

TEST(YamlScalar, Tags_DecideWhereTheTextFits) {
  const auto tagged = [](const char* name, const char* text) {
    return resolve_scalar("tag:yaml.org,2002:" + std::string(name), false, text, NumberForms::kKong);
  };
  EXPECT_EQ(tagged("int", "010"), YamlKind::kNumber);
  EXPECT_EQ(tagged("int", "1.5"), std::nullopt);
  EXPECT_EQ(tagged("float", "1"), YamlKind::kNumber);
  EXPECT_EQ(tagged("bool", "y"), YamlKind::kBool);
  EXPECT_TRUE(to_bool("y"));
  EXPECT_FALSE(to_bool("N"));
  EXPECT_EQ(tagged("bool", "1"), std::nullopt);
  EXPECT_EQ(tagged("null", "x"), YamlKind::kNull);
  EXPECT_EQ(tagged("str", "010"), YamlKind::kString);
}

// Addresses of digits alone stay addresses there, and a number that could be octal is none.
TEST(YamlScalar, FileOfOurOwn_HasDecimalNumbersAlone) {
  for (const char* text : {"02:00:00:00:00:01", "0000:03:00.0", "010", "0x10", "1_000", "0b11", ".inf"}) {
    EXPECT_EQ(resolve_scalar("", true, text, NumberForms::kDecimal), YamlKind::kString) << text;
  }
  for (const char* text : {"0", "10", "-1", "0.5", "1e3"}) {
    EXPECT_EQ(resolve_scalar("", true, text, NumberForms::kDecimal), YamlKind::kNumber) << text;
  }
}

TEST(YamlScalar, LargeIntegers_AreExact) {
  EXPECT_EQ(to_integer("9007199254740993"), 9007199254740993);
  EXPECT_EQ(to_integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(to_integer("010"), 8);
}

TEST(YamlScalar, Integers_MayBeWrittenWithAZeroFraction) {
  EXPECT_EQ(to_integer("5.0"), 5);
  EXPECT_EQ(to_integer("-7"), -7);
  EXPECT_FALSE(to_integer("5.5"));
  EXPECT_FALSE(to_integer("1e300"));
}

}  // namespace
}  // namespace sluice::config
