// PrefixTrie: which of many texts are prefixes of a subject? One walk over the subject finds them all, shortest first.
//
// A radix trie in two flat arrays. Built on the control side, immutable afterwards, shared by all workers. The cost of
// a walk depends on the subject, not on how many texts there are, and needs no hash that an attacker could steer.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::match {

class PrefixTrie {
 public:
  using Entry = std::pair<std::string, uint32_t>;  // a text and the number it is known by

  PrefixTrie() : nodes_(1) {}
  // REQUIRES: no text twice, no number kNone.
  explicit PrefixTrie(std::vector<Entry> entries);

  // Calls visit(uint32_t number, size_t length) for each text that is a prefix of `subject`, shortest first.
  template <typename Visit>
  void prefixes_of(std::string_view subject, Visit&& visit) const {
    const Node* node = &nodes_.front();
    size_t length = 0;
    while (true) {
      if (node->number != kNone) visit(node->number, length);
      node = child(*node, subject.substr(length));
      if (node == nullptr) return;
      length += node->label_length;
    }
  }

  // The number of the text that equals `subject`.
  std::optional<uint32_t> find(std::string_view subject) const {
    std::optional<uint32_t> found;
    prefixes_of(subject, [&](uint32_t number, size_t length) {
      if (length == subject.size()) found = number;
    });
    return found;
  }

  static constexpr uint32_t kNone = UINT32_MAX;

 private:
  struct Node {
    uint32_t number = kNone;
    uint32_t label = 0;  // where its bytes, those that lead from the parent to here, begin in bytes_
    uint32_t label_length = 0;
    uint32_t children = 0;     // the place of the first one; they stand next to each other
    uint32_t first_bytes = 0;  // where the first byte of each child's label stands in bytes_, in ascending order
    uint32_t children_count = 0;
  };

  // The child whose label `rest` begins with, or nullptr.
  const Node* child(const Node& node, std::string_view rest) const {
    if (rest.empty() || node.children_count == 0) return nullptr;
    const char* first = bytes_.data() + node.first_bytes;
    const void* found = std::memchr(first, rest.front(), node.children_count);
    if (found == nullptr) return nullptr;
    const Node& next = nodes_[node.children + static_cast<size_t>(static_cast<const char*>(found) - first)];
    if (next.label_length > rest.size()) return nullptr;
    return std::memcmp(bytes_.data() + next.label, rest.data(), next.label_length) == 0 ? &next : nullptr;
  }

  void build(uint32_t node, std::span<const Entry> entries, size_t depth);

  std::vector<Node> nodes_;  // the first is the root
  std::string bytes_;
};

}  // namespace sluice::match
