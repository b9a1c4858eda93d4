#include "match/hyperscan_database.h"

#include <hs/hs.h>

#include <cstdlib>
#include <optional>

namespace sluice::match {
namespace {

// The anchors are said in the pattern: Hyperscan has no flag for them. A pattern whose text would close the group (or
// comments it out) does not compile so and is refused.
std::string anchored(const HyperscanPattern& pattern) {
  switch (pattern.anchor) {
    case Anchor::kNone:
      return pattern.text;
    case Anchor::kStart:
      return "^(?:" + pattern.text + ")";
    case Anchor::kBoth:
      return "^(?:" + pattern.text + ")\\z";
  }
  return pattern.text;
}

// Without HS_FLAG_UCP: a hundred patterns with a `\w` take a minute to compile with it, and the others twice as long.
unsigned flags_of(const HyperscanPattern& pattern) {
  unsigned flags = HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;
  if (pattern.letter_case == LetterCase::kInsensitive) flags |= HS_FLAG_CASELESS;
  if (pattern.characters == Characters::kUnicode) flags |= HS_FLAG_UTF8;
  return flags;
}

// What hs_compile_multi takes, for the patterns not yet refused.
struct CompileInput {
  std::vector<std::string> texts;
  std::vector<const char*> expressions;
  std::vector<unsigned> flags;
  std::vector<unsigned> places;

  void add(const HyperscanPattern& pattern, uint32_t place) {
    if (pattern.text.find('\0') != std::string::npos) return;  // would end the pattern
    texts.push_back(anchored(pattern));
    flags.push_back(flags_of(pattern));
    places.push_back(place);
  }
  void erase(size_t i) {
    texts.erase(texts.begin() + static_cast<ptrdiff_t>(i));
    flags.erase(flags.begin() + static_cast<ptrdiff_t>(i));
    places.erase(places.begin() + static_cast<ptrdiff_t>(i));
  }

  // None: the database is made. Else which pattern to give up: where the set as a whole failed (too large, no memory),
  // the last one.
  std::optional<size_t> compile(hs_database_t*& database) {
    expressions.clear();
    for (const std::string& text : texts) expressions.push_back(text.c_str());
    hs_compile_error_t* error = nullptr;
    const hs_error_t result =
        hs_compile_multi(expressions.data(), flags.data(), places.data(), static_cast<unsigned>(texts.size()),
                         HS_MODE_BLOCK, nullptr, &database, &error);
    if (result == HS_SUCCESS) return std::nullopt;
    const size_t culprit =
        error != nullptr && error->expression >= 0 ? static_cast<size_t>(error->expression) : texts.size() - 1;
    if (error != nullptr) hs_free_compile_error(error);
    return culprit;
  }
};

bool is_supported(const std::string& text, unsigned flags) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  const hs_error_t result = hs_expression_info(text.c_str(), flags, &info, &error);
  std::free(info);
  if (error != nullptr) hs_free_compile_error(error);
  return result == HS_SUCCESS;
}

// What tells a set of patterns from every other.
std::string identity(std::span<const HyperscanPattern> patterns) {
  std::string identity;
  for (const HyperscanPattern& pattern : patterns) {
    identity += static_cast<char>(pattern.anchor);
    identity += static_cast<char>(pattern.letter_case);
    identity += static_cast<char>(pattern.characters);
    identity += std::to_string(pattern.text.size());
    identity += ':';
    identity += pattern.text;
  }
  return identity;
}

}  // namespace

// The patterns are asked about one by one only when they do not compile together: that parses each of them once more.
HyperscanDatabase::HyperscanDatabase(std::span<const HyperscanPattern> patterns) {
  CompileInput input;
  for (uint32_t place = 0; place < patterns.size(); ++place) input.add(patterns[place], place);
  for (bool asked = false; !input.texts.empty(); asked = true) {
    const std::optional<size_t> culprit = input.compile(database_);
    if (!culprit) break;
    if (asked) input.erase(*culprit);  // hs_expression_info does not find every reason to refuse
    for (size_t i = input.texts.size(); !asked && i-- > 0;) {
      if (!is_supported(input.texts[i], input.flags[i])) input.erase(i);
    }
  }
  for (uint32_t place = 0, kept = 0; place < patterns.size(); ++place) {
    if (kept < input.places.size() && input.places[kept] == place) {
      ++kept;
    } else {
      refused_.push_back(place);
    }
  }
}

HyperscanDatabase::~HyperscanDatabase() {
  if (database_ != nullptr) hs_free_database(database_);
}

size_t HyperscanDatabase::size_bytes() const {
  size_t bytes = 0;
  if (database_ != nullptr) hs_database_size(database_, &bytes);
  return bytes;
}

std::shared_ptr<const HyperscanDatabase> DatabaseMemory::find_or_compile(std::span<const HyperscanPattern> patterns) {
  std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<const HyperscanDatabase>& known = known_[identity(patterns)];
  std::shared_ptr<const HyperscanDatabase> database = known.lock();
  if (database == nullptr) {
    if (is_exhausted()) return std::make_shared<const HyperscanDatabase>();
    ++compiled_;
    known = database = std::make_shared<const HyperscanDatabase>(patterns);
    new_bytes_ += database->size_bytes();
  }
  return database;
}

}  // namespace sluice::match
