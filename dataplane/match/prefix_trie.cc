#include "match/prefix_trie.h"

#include <algorithm>

namespace sluice::match {
namespace {

using Entries = std::span<const PrefixTrie::Entry>;

// The entries at the front that continue with the same byte at `depth`.
Entries same_branch(Entries entries, size_t depth) {
  const char byte = entries.front().first[depth];
  size_t count = 1;
  while (count < entries.size() && entries[count].first[depth] == byte) ++count;
  return entries.first(count);
}

// How many bytes all of these have in common. They are sorted, so the first and the last tell.
size_t common_length(Entries entries) {
  const std::string& first = entries.front().first;
  const std::string& last = entries.back().first;
  const auto difference = std::mismatch(first.begin(), first.end(), last.begin(), last.end());
  return static_cast<size_t>(difference.first - first.begin());
}

}  // namespace

PrefixTrie::PrefixTrie(std::vector<Entry> entries) : nodes_(1) {
  std::sort(entries.begin(), entries.end());
  build(0, entries, 0);
}

// Makes the subtree of a node. REQUIRES: all entries share their first `depth` bytes, which lead to the node.
void PrefixTrie::build(uint32_t node, Entries entries, size_t depth) {
  if (!entries.empty() && entries.front().first.size() == depth) {
    nodes_[node].number = entries.front().second;
    entries = entries.subspan(1);
  }
  std::vector<Entries> branches;
  for (Entries rest = entries; !rest.empty(); rest = rest.subspan(branches.back().size())) {
    branches.push_back(same_branch(rest, depth));
  }
  const auto children = static_cast<uint32_t>(nodes_.size());
  nodes_[node].children = children;
  nodes_[node].children_count = static_cast<uint32_t>(branches.size());
  nodes_[node].first_bytes = static_cast<uint32_t>(bytes_.size());
  for (const Entries& branch : branches) bytes_ += branch.front().first[depth];
  nodes_.resize(nodes_.size() + branches.size());
  for (uint32_t i = 0; i < branches.size(); ++i) {
    const size_t end = common_length(branches[i]);
    nodes_[children + i].label = static_cast<uint32_t>(bytes_.size());
    nodes_[children + i].label_length = static_cast<uint32_t>(end - depth);
    bytes_.append(branches[i].front().first, depth, end - depth);
    build(children + i, branches[i], end);
  }
}

}  // namespace sluice::match
