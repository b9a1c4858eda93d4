#include "config/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace sluice::config {

namespace {

constexpr std::array<std::string_view, 9> kTrue = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
constexpr std::array<std::string_view, 9> kFalse = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

YamlKind resolve_plain(std::string_view text) {
  if (is_one_of(kNull, text)) return YamlKind::kNull;
  if (is_one_of(kTrue, text) || is_one_of(kFalse, text)) return YamlKind::kBool;
  return to_number(text) ? YamlKind::kNumber : YamlKind::kString;
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

std::optional<YamlKind> resolve_scalar(std::string_view tag, bool plain, std::string_view text) {
  constexpr std::string_view kYaml = "tag:yaml.org,2002:";
  if (tag.empty()) return plain ? resolve_plain(text) : YamlKind::kString;
  if (tag == "!") return YamlKind::kString;
  if (!tag.starts_with(kYaml)) return std::nullopt;
  const std::string_view name = tag.substr(kYaml.size());
  if (name == "str") return YamlKind::kString;
  const YamlKind kind = resolve_plain(text);
  if (name == "null" && kind == YamlKind::kNull) return kind;
  if (name == "bool" && kind == YamlKind::kBool) return kind;
  if ((name == "int" || name == "float") && kind == YamlKind::kNumber) return kind;
  return std::nullopt;
}

bool to_bool(std::string_view text) {
  return is_one_of(kTrue, text);
}

std::optional<double> to_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !(digits[0] == '.' || (digits[0] >= '0' && digits[0] <= '9'))) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<int64_t> to_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc() && end == text.data() + text.size()) return whole;
  const auto number = to_number(text);
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it a fraction cannot be told from a whole number
  if (!number || std::trunc(*number) != *number || std::fabs(*number) > kExact) return std::nullopt;
  return static_cast<int64_t>(*number);
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
