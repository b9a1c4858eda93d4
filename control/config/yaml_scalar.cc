#include "config/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "config/yaml_number.h"

namespace sluice::config {

namespace {

constexpr std::array<std::string_view, 9> kTrue = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
constexpr std::array<std::string_view, 9> kFalse = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 4> kLetters = {"y", "Y", "n", "N"};  // booleans where a tag says so
constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool is_decimal(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const bool filled_up = text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
  return !filled_up && text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

YamlKind resolve_plain(std::string_view text, NumberForms numbers) {
  if (is_one_of(kNull, text)) return YamlKind::kNull;
  if (is_one_of(kTrue, text) || is_one_of(kFalse, text)) return YamlKind::kBool;
  const bool number = yaml_number(text) && (numbers == NumberForms::kKong || is_decimal(text));
  return number ? YamlKind::kNumber : YamlKind::kString;
}

bool is_bool_where_tagged(std::string_view text) {
  return is_one_of(kTrue, text) || is_one_of(kFalse, text) || is_one_of(kLetters, text);
}

// Digits at the start of `text`, and what follows them.
std::optional<std::pair<uint64_t, std::string_view>> split_unit(std::string_view text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  return std::pair(number, std::string_view(rest, static_cast<size_t>(end - rest)));
}

struct UnitFactor {
  std::string_view unit;
  uint64_t factor;
};

std::optional<uint64_t> scale(uint64_t number, std::string_view unit, std::span<const UnitFactor> factors) {
  for (const UnitFactor& f : factors) {
    if (f.unit != unit) continue;
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / f.factor) return std::nullopt;
    return number * f.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<YamlKind> resolve_scalar(std::string_view tag, bool plain, std::string_view text, NumberForms numbers) {
  constexpr std::string_view kYaml = "tag:yaml.org,2002:";
  if (tag.empty() || tag == "!") return plain ? resolve_plain(text, numbers) : YamlKind::kString;
  if (!tag.starts_with(kYaml)) return std::nullopt;
  const std::string_view name = tag.substr(kYaml.size());
  if (name == "str") return YamlKind::kString;
  if (name == "null") return YamlKind::kNull;
  if (name == "bool" && is_bool_where_tagged(text)) return YamlKind::kBool;
  if (name == "int" && whole_number(text)) return YamlKind::kNumber;
  if (name == "float" && yaml_number(text)) return YamlKind::kNumber;
  return std::nullopt;
}

bool to_bool(std::string_view text) {
  return is_one_of(kTrue, text) || text == "y" || text == "Y";
}

std::optional<double> to_number(std::string_view text) {
  const auto number = yaml_number(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<int64_t> to_integer(std::string_view text) {
  const auto number = to_number(text);
  if (!number || std::trunc(*number) != *number) return std::nullopt;
  constexpr double kExact = 9007199254740992.0;  // 2^53: from there on doubles leave whole numbers out
  if (std::fabs(*number) < kExact) return static_cast<int64_t>(*number);
  int64_t whole = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool exact = error == std::errc() && end == text.data() + text.size() && is_decimal(text);
  return exact ? std::optional(whole) : std::nullopt;
}

std::optional<Duration> to_duration(std::string_view text) {
  static constexpr UnitFactor kUnits[] = {{"us", 1'000},         {"ms", 1'000'000},        {"s", 1'000'000'000},
                                          {"m", 60'000'000'000}, {"h", 3'600'000'000'000}, {"d", 86'400'000'000'000}};
  const auto parts = split_unit(text);
  if (!parts) return std::nullopt;
  if (parts->first == 0 && parts->second.empty()) return Duration();
  const auto ns = scale(parts->first, parts->second, kUnits);
  if (!ns) return std::nullopt;
  return Duration::nanoseconds(static_cast<int64_t>(*ns));
}

std::optional<uint64_t> to_bytes(std::string_view text) {
  static constexpr UnitFactor kUnits[] = {
      {"", 1}, {"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}};
  const auto parts = split_unit(text);
  return parts ? scale(parts->first, parts->second, kUnits) : std::nullopt;
}

}  // namespace sluice::config
