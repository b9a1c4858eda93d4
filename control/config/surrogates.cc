#include "config/surrogates.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace sluice::config {

namespace {

constexpr size_t kEscapeBytes = 6;  // \uXXXX

// The code unit of an escape at the start of `text`.
std::optional<uint32_t> code_unit(std::string_view text) {
  if (text.size() < kEscapeBytes || !text.starts_with("\\u")) return std::nullopt;
  uint32_t unit = 0;
  const char* const end = text.data() + kEscapeBytes;
  const bool whole = std::from_chars(text.data() + 2, end, unit, 16).ptr == end;
  return whole ? std::optional(unit) : std::nullopt;
}

// The character of a pair at the start of `text` (RFC 2781 section 2.2).
std::optional<uint32_t> pair_at(std::string_view text) {
  const auto high = code_unit(text);
  if (!high || *high < 0xD800 || *high > 0xDBFF) return std::nullopt;
  const auto low = code_unit(text.substr(kEscapeBytes));
  if (!low || *low < 0xDC00 || *low > 0xDFFF) return std::nullopt;
  return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
}

}  // namespace

std::string joined_surrogates(std::string_view text) {
  const bool may_have_some = text.find("\\ud") != text.npos || text.find("\\uD") != text.npos;
  // In YAML's single quotes and plain texts a backslash is one.
  if (!may_have_some || !nlohmann::json::accept(text)) return {};
  std::string out;
  for (size_t backslash; (backslash = text.find('\\')) != text.npos;) {
    out += text.substr(0, backslash);
    text.remove_prefix(backslash);
    const auto character = pair_at(text);
    out += character ? fmt::format("\\U{:08x}", *character) : std::string(text.substr(0, 2));
    text.remove_prefix(character ? 2 * kEscapeBytes : 2);
  }
  return out += text;
}

}  // namespace sluice::config
