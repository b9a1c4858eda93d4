#include "config/described_json.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace sluice::config {

Json number_json(double number) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::trunc(number) == number && std::fabs(number) <= kExact) return static_cast<int64_t>(number);
  return number;
}

// The largest unit that it is whole in: 60s, 50us.
static std::string duration_text(const Duration& value) {
  constexpr std::array<std::pair<int64_t, std::string_view>, 3> kUnits = {
      {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}}};
  for (const auto& [ns, unit] : kUnits) {
    if (value.ns % ns == 0) return fmt::format("{}{}", value.ns / ns, unit);
  }
  return fmt::format("{}us", value.us());
}

Json value_json(const Duration& value, policy::Unit unit) {
  if (unit == policy::Unit::kMilliseconds) return value.ms();
  if (unit == policy::Unit::kSeconds) return number_json(static_cast<double>(value.ns) / 1e9);
  return duration_text(value);
}

std::string value_text(const Cidr& value) {
  return value.length == 128 ? value.base.to_string() : value.to_string();
}

std::string value_text(const policy::InterfaceAddress& value) {
  const std::string prefix = value.prefix.to_string();
  return value.address.to_string() + prefix.substr(prefix.find('/'));
}

std::string value_text(const policy::MacAddress& value) {
  return fmt::format("{:02x}", fmt::join(value.bytes, ":"));
}

Json DescribedWriter::write_value(const std::vector<policy::NamedValue>& values, const policy::FieldInfo& info) const {
  if (info.map) {
    Json map = Json::object();
    for (const policy::NamedValue& value : values) map[value.name] = value.value;
    return map;
  }
  Json list = Json::array();
  for (const policy::NamedValue& value : values) list.push_back({value.name, value.value});
  return list;
}

Json DescribedWriter::write_value(const std::vector<policy::NamedValues>& values, const policy::FieldInfo&) const {
  Json map = Json::object();
  for (const policy::NamedValues& value : values) map[value.name] = value.values;
  return map;
}

Json DescribedWriter::write_value(const std::vector<policy::NamedSecret>& values, const policy::FieldInfo& info) const {
  Json map = Json::object();
  for (const policy::NamedSecret& value : values) map[value.name] = write_value(value.value, info);
  return map;
}

}  // namespace sluice::config
