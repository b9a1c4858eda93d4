#include "gateway/header_rules.h"

#include <algorithm>
#include <array>

#include "gateway/text.h"

namespace sluice::gateway {
namespace {

constexpr std::string_view kRegexMark = "~*";

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// As names compare.
char fold(char c) {
  return c == '_' ? '-' : to_lower(c);
}

std::string folded(std::string_view name) {
  std::string text(name);
  std::transform(text.begin(), text.end(), text.begin(), fold);
  return text;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), to_lower);
  return lowered;
}

}  // namespace

uint32_t HeaderRules::Builder::add(std::string_view name, std::string_view value) {
  return numbers_.try_emplace({folded(name), lower(value)}, size()).first->second;
}

Result<HeaderRules, std::vector<BrokenRule>> HeaderRules::Builder::compile(match::ScratchPlan& plan,
                                                                           match::DatabaseMemory* databases) const {
  struct Texts {
    std::vector<match::PrefixTrie::Entry> values;
    std::vector<std::string> regexes;
    std::vector<uint32_t> regex_numbers;
  };
  std::map<std::string, Texts> by_name;
  for (const auto& [rule, number] : numbers_) {
    const auto& [name, value] = rule;
    Texts& texts = by_name[name];
    if (value.starts_with(kRegexMark)) {
      texts.regexes.push_back(value.substr(kRegexMark.size()));
      texts.regex_numbers.push_back(number);
    } else {
      texts.values.emplace_back(value, number);
    }
  }
  HeaderRules rules;
  rules.rules_ = size();
  std::vector<BrokenRule> broken;
  std::vector<match::PrefixTrie::Entry> places;
  for (auto& [text, texts] : by_name) {
    places.emplace_back(text, static_cast<uint32_t>(rules.names_.size()));
    Name& name = rules.names_.emplace_back();
    name.values = match::PrefixTrie(std::move(texts.values));
    name.regex_numbers = std::move(texts.regex_numbers);
    auto regexes = match::RegexSet::compile(texts.regexes, match::Anchor::kNone, plan, databases);
    if (regexes) {
      name.regexes = std::move(regexes).value();
      continue;
    }
    for (const match::RegexSet::Broken& b : regexes.error()) {
      broken.push_back({name.regex_numbers[b.place], "header " + text + ": \"" + std::string(kRegexMark) +
                                                         texts.regexes[b.place] + "\": " + b.reason});
    }
  }
  if (!broken.empty()) return broken;
  rules.name_places_ = match::PrefixTrie(std::move(places));
  return rules;
}

// The rules found so far, each once. Takes memory when there may be some: most requests have none.
class HeaderRules::Found {
 public:
  // most: how many rules there are.
  Found(Arena& arena, size_t most) : arena_(&arena), most_(most) {}

  // Makes room for this many more. False: out of memory.
  [[nodiscard]] bool reserve(size_t more) {
    const size_t wanted = std::min(count_ + more, most_);
    if (wanted <= room_.size()) return true;
    const auto room = arena_->try_array<uint32_t>(std::clamp(2 * room_.size(), wanted, most_));
    if (room.empty()) return false;
    std::ranges::copy(rules(), room.begin());
    room_ = room;
    return true;
  }
  void add(uint32_t rule) {
    if (!has(rule)) room_[count_++] = rule;
  }
  bool has(uint32_t rule) const { return std::ranges::find(rules(), rule) != rules().end(); }
  std::span<const uint32_t> rules() const { return room_.first(count_); }

 private:
  Arena* arena_;
  size_t most_;
  std::span<uint32_t> room_;
  size_t count_ = 0;
};

const HeaderRules::Name* HeaderRules::name_of(std::string_view header_name) const {
  std::array<char, 256> room;
  if (header_name.size() > room.size()) return nullptr;
  std::transform(header_name.begin(), header_name.end(), room.begin(), fold);
  const auto place = name_places_.find({room.data(), header_name.size()});
  return place ? &names_[*place] : nullptr;
}

std::optional<Undecided> HeaderRules::match_value(const Name& name, std::string_view value, match::Scratch& scratch,
                                                  Found& found) {
  if (const auto rule = name.values.find(value)) found.add(*rule);
  // A name may stand on many lines; what one of them has is asked of no other.
  const auto is_new = [&](uint32_t place) { return !found.has(name.regex_numbers[place]); };
  const auto add = [&](uint32_t place) { found.add(name.regex_numbers[place]); };
  switch (name.regexes.search(value, scratch, is_new, add)) {
    case match::RegexSet::Search::kDone:
      return std::nullopt;
    case match::RegexSet::Search::kGivenUp:
      return Undecided::kGivenUp;
    case match::RegexSet::Search::kFailed:
      return Undecided::kNoMemory;
  }
  return std::nullopt;
}

Result<std::span<const uint32_t>, Undecided> HeaderRules::holding(const http::HeaderMap& headers, Arena& arena,
                                                                  match::Scratch& scratch) const {
  if (names_.empty()) return std::span<const uint32_t>();
  Found found(arena, rules_);
  for (const http::Header& header : headers.all()) {
    const Name* name = name_of(header.name);
    if (name == nullptr) continue;
    if (match::encoding_of(header.value) == match::Encoding::kBroken) return Undecided::kNotUtf8;
    if (!found.reserve(1 + name->regex_numbers.size())) return Undecided::kNoMemory;
    const std::string_view value = lower_case(arena, header.value.empty() ? "" : header.value);
    if (value.data() == nullptr) return Undecided::kNoMemory;
    if (const auto undecided = match_value(*name, value, scratch, found)) return *undecided;
  }
  return found.rules();
}

const http::Header* HeaderRules::find_broken(const http::HeaderMap& headers) const {
  const auto fields = headers.all();
  const auto broken = std::find_if(fields.begin(), fields.end(), [&](const http::Header& header) {
    return name_of(header.name) != nullptr && match::encoding_of(header.value) == match::Encoding::kBroken;
  });
  return broken == fields.end() ? nullptr : &*broken;
}

}  // namespace sluice::gateway
