#include "match/pcre_pattern.h"

#include <array>
#include <utility>

#include "match/pcre.h"

namespace sluice::match {
namespace {

std::string describe(int code, size_t offset) {
  std::array<PCRE2_UCHAR8, 256> text;
  const int length = pcre2_get_error_message(code, text.data(), text.size());
  std::string message(reinterpret_cast<const char*>(text.data()), length > 0 ? static_cast<size_t>(length) : 0);
  return message + " at offset " + std::to_string(offset);
}

uint32_t compile_options(Anchor anchor, LetterCase letter_case, Characters characters) {
  uint32_t options = PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY;
  if (anchor != Anchor::kNone) options |= PCRE2_ANCHORED;
  if (anchor == Anchor::kBoth) options |= PCRE2_ENDANCHORED;
  if (letter_case == LetterCase::kInsensitive) options |= PCRE2_CASELESS;
  // A pattern of bytes that asks for UTF-8 itself, "(*UTF)", would read subjects that nobody has checked for it.
  options |= characters == Characters::kUnicode ? PCRE2_UTF | PCRE2_UCP : PCRE2_NEVER_UTF;
  return options;
}

// The table of names as PCRE2 keeps it: two bytes of group number, the name, a zero byte.
std::vector<PcrePattern::Group> read_named_groups(const pcre2_code_8* code) {
  uint32_t count = 0;
  uint32_t entry_bytes = 0;
  PCRE2_SPTR8 table = nullptr;
  pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
  pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &entry_bytes);
  pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
  std::vector<PcrePattern::Group> groups;
  for (uint32_t i = 0; i < count; ++i) {
    const PCRE2_SPTR8 entry = table + size_t{i} * entry_bytes;
    groups.push_back({reinterpret_cast<const char*>(entry + 2), uint32_t{entry[0]} << 8 | entry[1]});
  }
  return groups;
}

}  // namespace

std::optional<std::string_view> Captures::operator[](uint32_t group) const {
  const size_t* offsets = pcre2_get_ovector_pointer(scratch_->pcre_data_);
  const size_t begin = offsets[2 * group];
  const size_t end = offsets[2 * group + 1];
  // A \K inside a look-ahead can put the begin behind the end. What is outside the subject would end the process.
  if (begin == PCRE2_UNSET || begin > end || end > subject_.size()) return std::nullopt;
  return subject_.substr(begin, end - begin);
}

Result<PcrePattern, std::string> PcrePattern::compile(std::string_view text, Anchor anchor, LetterCase letter_case,
                                                      Characters characters) {
  int error = 0;
  size_t offset = 0;
  pcre2_code_8* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR8>(text.data()), text.size(),
                                     compile_options(anchor, letter_case, characters), &error, &offset, nullptr);
  if (code == nullptr) return describe(error, offset);
  PcrePattern pattern(code);
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &pattern.group_count_);
  if (++pattern.group_count_ > kMaxGroups) {
    return "has " + std::to_string(pattern.group_count_ - 1) + " groups, at most " + std::to_string(kMaxGroups - 1);
  }
  pattern.named_groups_ = read_named_groups(code);
  // Without JIT (not every CPU has it) the pattern is interpreted: slower, with the same result.
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return pattern;
}

PcrePattern::PcrePattern(pcre2_real_code_8* code) : code_(code) {}

PcrePattern::~PcrePattern() {
  pcre2_code_free(code_);
}

PcrePattern::PcrePattern(PcrePattern&& other) noexcept
    : code_(std::exchange(other.code_, nullptr)),
      group_count_(other.group_count_),
      named_groups_(std::move(other.named_groups_)) {}

PcrePattern& PcrePattern::operator=(PcrePattern&& other) noexcept {
  std::swap(code_, other.code_);
  std::swap(group_count_, other.group_count_);
  std::swap(named_groups_, other.named_groups_);
  return *this;
}

PcrePattern::Match PcrePattern::match(std::string_view subject, Scratch& scratch) const {
  // The subject is known to be UTF-8, if that is what the pattern wants.
  const int found = pcre2_match(code_, reinterpret_cast<PCRE2_SPTR8>(subject.data()), subject.size(), 0,
                                PCRE2_NO_UTF_CHECK, scratch.pcre_data_, scratch.pcre_context_);
  const Outcome outcome = found >= 0                     ? Outcome::kFound
                          : found == PCRE2_ERROR_NOMATCH ? Outcome::kNone
                                                         : Outcome::kGivenUp;
  return {outcome, Captures(subject, scratch, group_count_)};
}

}  // namespace sluice::match
