// RuleIndex: which rules may be for a request, by their path prefixes and hosts: one walk over the path and one over
// the host find them all, however many rules there are.
//
// Built on the control side, immutable afterwards. What it says of path prefix and hosts is exact.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "edge/context.h"
#include "match/host_table.h"
#include "match/prefix_trie.h"

namespace sluice::edge {

class RuleIndex {
 public:
  // What a rule asks for; rules are known by their place.
  struct Keys {
    std::optional<std::string> path_prefix;  // normalised; nothing: any path
    std::span<const std::string> hosts;      // as match::HostTable has them; empty: any host
  };

  RuleIndex() = default;
  explicit RuleIndex(std::span<const Keys> rules);

  // The rules whose prefix and whose hosts hold for one state of a request. Lives in the exchange's arena.
  class Selection {
   public:
    // The first rule from place `from` on for which both hold; the number of rules when there is none.
    size_t next(size_t from) const;
    bool prefix_holds(size_t rule) const { return has(prefixes_, rule); }
    bool hosts_hold(size_t rule) const { return has(hosts_, rule); }

   private:
    friend class RuleIndex;
    using Words = std::span<uint64_t>;
    static bool has(Words words, size_t rule) { return (words[rule / 64] >> (rule % 64) & 1) != 0; }

    Words prefixes_;
    Words hosts_;
    size_t rules_ = 0;
  };

  // Nothing: out of memory. REQUIRES: there is a rule; context.path is set where a rule has a prefix.
  std::optional<Selection> select(const Context& context) const;

 private:
  // Places of rules that ask for the same thing.
  using Group = std::vector<uint32_t>;

  size_t rules_ = 0;
  std::vector<uint64_t> any_path_;  // a bit a rule
  std::vector<uint64_t> any_host_;
  match::PrefixTrie prefixes_;
  std::vector<Group> rules_of_prefix_;
  match::HostTable hosts_;
  std::vector<Group> rules_of_host_;
};

}  // namespace sluice::edge
