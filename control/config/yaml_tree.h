// YamlTree: a YAML or JSON text as a tree of nodes that know their line and column. The loaders walk it; nobody edits
// it.
//
// The text is hostile: size, depth and the number of nodes after expansion of aliases are bounded. Aliases share nodes,
// so "billion laughs" costs no memory, and its expanded size is counted before anybody walks it. Refused: several
// documents, duplicate keys, keys that are not scalars, unknown tags, NUL in strings.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "sluice/policy/field.h"

namespace sluice::config {

// Which plain scalars are numbers.
enum class NumberForms : uint8_t {
  kKong,     // all of yaml_number.h
  kDecimal,  // without a zero before them: in a file of our own a MAC address of digits alone is text, and 010 no
             // number
};

enum class YamlKind : uint8_t { kNull, kBool, kNumber, kString, kList, kMap };

struct YamlNode {
  struct Entry {
    std::string key;
    policy::Mark mark;  // of the key
    const YamlNode* value;
  };

  YamlKind kind = YamlKind::kNull;
  policy::Mark mark;
  std::string text;                    // of a scalar, as written but unescaped
  std::vector<const YamlNode*> items;  // of a list
  std::vector<Entry> entries;          // of a map, in the order of the file; keys are unique
  uint32_t expanded_nodes = 1;         // this node and all under it, each as often as it is reached
  uint16_t height = 1;

  const YamlNode* find(std::string_view key) const;
};

class YamlTree {
 public:
  static constexpr size_t kMostBytes = 64 << 20;
  static constexpr uint32_t kMostNodes = 4'000'000;
  static constexpr uint16_t kMostDepth = 64;
  static constexpr size_t kMostKeyBytes = 1024;
  static constexpr size_t kMostMerged = 100'000;  // entries that "<<" copies

  // Parses one document. What is wrong goes to `diagnostics`; then root() is nullptr. An empty text has a null root.
  YamlTree(std::string_view text, Diagnostics& diagnostics, NumberForms numbers = NumberForms::kKong);
  YamlTree(const YamlTree&) = delete;
  YamlTree& operator=(const YamlTree&) = delete;

  const YamlNode* root() const { return root_; }

 private:
  friend class YamlBuilder;
  std::deque<YamlNode> nodes_;  // addresses stay
  const YamlNode* root_ = nullptr;
};

// "a list", "number 5", "\"text\"": for the `found` part of a diagnostic. Long texts are cut.
std::string describe(const YamlNode& node);

}  // namespace sluice::config
