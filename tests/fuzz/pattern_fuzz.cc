// Regexes of bytes: whatever a policy asks for and a client sends, what a group holds lies within the subject.
//
// The input: a pattern, a line feed, a subject.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "match/pcre_pattern.h"
#include "match/scratch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  static const std::unique_ptr<match::Scratch> scratch = match::ScratchPlan().make();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view regex = text.substr(0, text.find('\n'));
  const std::string_view subject = text.substr(std::min(text.size(), regex.size() + 1));
  for (const match::Anchor anchor : {match::Anchor::kNone, match::Anchor::kStart, match::Anchor::kBoth}) {
    const auto pattern = match::PcrePattern::compile(regex, anchor);
    if (!pattern) continue;
    const auto [outcome, captures] = pattern->match(subject, *scratch);
    for (uint32_t i = 0; outcome == match::Outcome::kFound && i < captures.size(); ++i) {
      const auto group = captures[i].value_or(subject);
      if (group.data() < subject.data() || group.data() + group.size() > subject.data() + subject.size()) std::abort();
    }
  }
  return 0;
}
