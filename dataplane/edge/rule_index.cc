#include "edge/rule_index.h"

#include <algorithm>
#include <bit>
#include <map>
#include <string_view>

#include "http/authority.h"

namespace sluice::edge {
namespace {

void set_bits(std::span<uint64_t> words, std::span<const uint32_t> rules) {
  for (const uint32_t rule : rules) words[rule / 64] |= uint64_t{1} << (rule % 64);
}

std::span<uint64_t> try_copy(Arena& arena, const std::vector<uint64_t>& words) {
  const std::span<uint64_t> copy = arena.try_array<uint64_t>(words.size());
  if (!copy.empty()) std::copy(words.begin(), words.end(), copy.begin());
  return copy;
}

}  // namespace

RuleIndex::RuleIndex(std::span<const Keys> rules)
    : rules_(rules.size()), any_path_((rules.size() + 63) / 64), any_host_(any_path_.size()) {
  std::map<std::string, Group> by_prefix;
  std::map<std::string, Group> by_host;
  for (uint32_t place = 0; place < rules.size(); ++place) {
    const Keys& keys = rules[place];
    if (keys.path_prefix) {
      by_prefix[*keys.path_prefix].push_back(place);
    } else {
      set_bits(any_path_, {&place, 1});
    }
    for (const std::string& host : keys.hosts) by_host[host].push_back(place);
    if (keys.hosts.empty()) set_bits(any_host_, {&place, 1});
  }
  std::vector<match::PrefixTrie::Entry> prefixes;
  for (auto& [prefix, group] : by_prefix) {
    prefixes.emplace_back(prefix, static_cast<uint32_t>(rules_of_prefix_.size()));
    rules_of_prefix_.push_back(std::move(group));
  }
  prefixes_ = match::PrefixTrie(std::move(prefixes));
  std::vector<std::string> hosts;
  for (auto& [host, group] : by_host) {
    hosts.push_back(host);
    rules_of_host_.push_back(std::move(group));
  }
  hosts_ = match::HostTable(hosts);
}

std::optional<RuleIndex::Selection> RuleIndex::select(const Context& context) const {
  Selection selection;
  selection.rules_ = rules_;
  selection.prefixes_ = try_copy(context.http.arena, any_path_);
  selection.hosts_ = try_copy(context.http.arena, any_host_);
  if (selection.prefixes_.empty() || selection.hosts_.empty()) return std::nullopt;
  prefixes_.prefixes_of(context.path,
                        [&](uint32_t group, size_t) { set_bits(selection.prefixes_, rules_of_prefix_[group]); });
  if (hosts_.empty()) return selection;
  http::Authority authority = http::split_authority(context.http.request.authority);
  // A dot at the end changes no name.
  if (authority.host.ends_with('.')) authority.host.remove_suffix(1);
  const Port port = authority.port.value_or(Port{static_cast<uint16_t>(context.http.client.secure ? 443 : 80)});
  hosts_.matches(authority.host, port, [&](uint32_t place) { set_bits(selection.hosts_, rules_of_host_[place]); });
  return selection;
}

size_t RuleIndex::Selection::next(size_t from) const {
  if (from >= rules_) return rules_;
  uint64_t mask = ~uint64_t{0} << (from % 64);  // of the first word, the rules before `from` are past
  for (size_t word = from / 64; word < prefixes_.size(); ++word) {
    const uint64_t both = prefixes_[word] & hosts_[word] & mask;
    if (both != 0) return word * 64 + static_cast<size_t>(std::countr_zero(both));
    mask = ~uint64_t{0};
  }
  return rules_;
}

}  // namespace sluice::edge
