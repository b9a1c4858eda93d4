#include "config/regex_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace sluice::config {

namespace {

using Code = std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)>;

Code compile(std::string_view pattern, int& error, PCRE2_SIZE& offset, uint32_t options = 0) {
  const auto* text = reinterpret_cast<PCRE2_SPTR>(pattern.data());
  return Code(pcre2_compile(text, pattern.size(), options, &error, &offset, nullptr), &pcre2_code_free);
}

}  // namespace

std::string check_regex(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  if (compile(pattern, error, offset)) return {};
  std::array<PCRE2_UCHAR, 256> message{};
  pcre2_get_error_message(error, message.data(), message.size());
  return fmt::format("{} at offset {}", reinterpret_cast<const char*>(message.data()), offset);
}

std::string path_regex_error(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  if (compile(pattern, error, offset, PCRE2_UTF | PCRE2_UCP)) return {};
  std::array<PCRE2_UCHAR, 256> message{};
  pcre2_get_error_message(error, message.data(), message.size());
  const std::string_view rest = pattern.substr(std::min<size_t>(offset, pattern.size()));
  return fmt::format("pcre2_compile() failed: {} in \"{}\"{}", reinterpret_cast<const char*>(message.data()), pattern,
                     rest.empty() ? "" : fmt::format(" at \"{}\"", rest));
}

uint32_t capture_count(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  const Code code = compile(pattern, error, offset);
  uint32_t count = 0;
  if (code) pcre2_pattern_info(code.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  return count;
}

std::string check_replacement(std::string_view text, std::optional<uint32_t> captures) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') continue;
    const char next = ++i < text.size() ? text[i] : '\0';
    if (next == '$') continue;
    if (next < '0' || next > '9') return "expected a digit or '$' after '$'";
    if (!captures) return fmt::format("'${}' stands for nothing: there is no regex", next);
    if (static_cast<uint32_t>(next - '0') > *captures) {
      return fmt::format("'${}' stands for nothing: the regex has {} groups", next, *captures);
    }
  }
  return {};
}

}  // namespace sluice::config
