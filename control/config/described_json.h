// described_json: a described value as JSON through its table of fields, with every field, defaults filled.
//
// References come out as {"id": …}, as Kong prints them; whoever asks supplies the policy they point into.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "config/secret_style.h"
#include "sluice/policy/node.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

using Json = nlohmann::json;

Json number_json(double number);  // whole numbers as integers
Json value_json(const Duration& value, policy::Unit unit);
std::string value_text(const Cidr& value);  // an address alone where the prefix is of one
std::string value_text(const policy::InterfaceAddress& value);
std::string value_text(const policy::MacAddress& value);

class DescribedWriter {
 public:
  // `policy`: what references point into; may be null for values without any.
  DescribedWriter(const policy::Policy* policy, SecretStyle secrets) : policy_(policy), secrets_(secrets) {}

  template <typename T>
  void operator()(std::string_view name, const T& member, const policy::FieldInfo& info) {
    if (!info.shorthand_of.empty() || (info.empty_is_absent && is_absent(member))) return;
    json_[std::string(name)] = write(member, info);
  }

  Json take() { return std::move(json_); }

  template <typename T>
  Json record(const T& value) const {
    DescribedWriter writer(policy_, secrets_);
    writer.json_ = Json::object();
    T::fields(value, writer);
    return writer.take();
  }

 private:
  static bool is_absent(const policy::Unsupported&) { return true; }
  template <typename T>
  static bool is_absent(const std::optional<T>& value) {
    return !value;
  }
  template <typename T>
  static bool is_absent(const std::vector<T>& values) {
    return values.empty();
  }
  template <typename T>
  static bool is_absent(const T&) {
    return false;
  }

  template <typename T>
  Json write(const T& value, const policy::FieldInfo& info) const {
    if constexpr (std::is_same_v<T, policy::Unsupported>) {
      return nullptr;
    } else if constexpr (requires(DescribedWriter& w) { T::fields(value, w); }) {
      return record(value);
    } else if constexpr (policy::NamedEnum<T>) {
      return std::string(policy::to_text(value));
    } else {
      return write_value(value, info);
    }
  }

  template <typename T>
  Json write(const std::optional<T>& value, const policy::FieldInfo& info) const {
    return value ? write(*value, info) : Json(nullptr);
  }

  template <typename T>
  Json write(const std::vector<T>& values, const policy::FieldInfo& info) const {
    if (values.empty() && info.empty_is_null) return nullptr;
    if constexpr (std::is_same_v<T, policy::NamedValue> || std::is_same_v<T, policy::NamedValues> ||
                  std::is_same_v<T, policy::NamedSecret>) {
      return write_value(values, info);
    } else {
      Json list = Json::array();
      for (const T& value : values) list.push_back(write(value, info));
      return list;
    }
  }

  template <typename T>
  Json write(const std::vector<policy::NamedRecord<T>>& entries, const policy::FieldInfo&) const {
    Json map = Json::object();
    for (const policy::NamedRecord<T>& entry : entries) map[entry.name] = record(entry.record);
    return map;
  }

  template <typename T>
  Json write(const policy::Ref<T>& ref, const policy::FieldInfo&) const {
    return {{"id", (*policy_)[ref].id.to_string()}};
  }

  template <typename T>
    requires std::is_arithmetic_v<T>
  Json write_value(T value, const policy::FieldInfo&) const {
    if constexpr (std::is_floating_point_v<T>) return number_json(value);
    return value;
  }
  Json write_value(const std::string& value, const policy::FieldInfo&) const { return value; }
  Json write_value(const policy::Secret& value, const policy::FieldInfo&) const {
    const bool is_nothing = value.empty() && value.reference().empty();
    return is_nothing ? Json(nullptr) : Json(to_text(value, secrets_));
  }
  Json write_value(const policy::Uuid& value, const policy::FieldInfo&) const { return value.to_string(); }
  Json write_value(const Port& value, const policy::FieldInfo&) const { return value.value; }
  Json write_value(const Duration& value, const policy::FieldInfo& info) const { return value_json(value, info.unit); }
  Json write_value(const IpAddress& value, const policy::FieldInfo&) const { return value.to_string(); }
  Json write_value(const Cidr& value, const policy::FieldInfo&) const { return value_text(value); }
  Json write_value(const policy::InterfaceAddress& value, const policy::FieldInfo&) const { return value_text(value); }
  Json write_value(const policy::MacAddress& value, const policy::FieldInfo&) const { return value_text(value); }
  Json write_value(const policy::HostPort& value, const policy::FieldInfo&) const { return value.text(); }
  Json write_value(const policy::ColonPair& value, const policy::FieldInfo&) const { return value.text(); }
  // A map, or where their order counts a list of [name, value].
  Json write_value(const std::vector<policy::NamedValue>& values, const policy::FieldInfo& info) const;
  Json write_value(const std::vector<policy::NamedValues>& values, const policy::FieldInfo&) const;
  Json write_value(const std::vector<policy::NamedSecret>& values, const policy::FieldInfo& info) const;

  const policy::Policy* policy_;
  SecretStyle secrets_;
  Json json_ = Json::object();
};

template <typename T>
Json described_json(const T& value, SecretStyle secrets, const policy::Policy* policy = nullptr) {
  return DescribedWriter(policy, secrets).record(value);
}

}  // namespace sluice::config
