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

TEST(YamlScalar, Integers_MayBeWrittenWithAZeroFraction) {
  EXPECT_EQ(to_integer("5.0"), 5);
  EXPECT_EQ(to_integer("-7"), -7);
  EXPECT_FALSE(to_integer("5.5"));
  EXPECT_FALSE(to_integer("1e300"));
}

}  // namespace
}  // namespace sluice::config
