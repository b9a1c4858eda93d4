// A configuration as text: the fields that differ from their defaults, for explanations. Walks the table of fields
// (policy/field.h), so it knows every plugin. Control side: allocates. Secrets show as "***".
#pragma once

#include <array>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sluice/ip_address.h"
#include "sluice/policy/field.h"
#include "sluice/policy/secret.h"
#include "sluice/units.h"

namespace sluice::gateway {

struct FieldText {
  std::string name;  // "add.headers"
  std::string value;
  bool operator==(const FieldText&) const = default;
};

template <typename Config>
std::string describe_config(const Config& config);

// Visits a field table and notes each field's text.
class FieldTexts {
 public:
  template <typename T>
  void operator()(std::string_view name, const T& value, const policy::FieldInfo&) {
    const std::string full = prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
    if constexpr (std::is_same_v<T, policy::Unsupported>) {
      return;
    } else if constexpr (requires(FieldTexts& v) { T::fields(value, v); }) {
      std::string outer = std::exchange(prefix_, full);
      T::fields(value, *this);
      prefix_ = std::move(outer);
    } else {
      texts_.push_back({full, text(value)});
    }
  }

  const std::vector<FieldText>& texts() const { return texts_; }

 private:
  static std::string text(bool value) { return value ? "true" : "false"; }
  static std::string text(const std::string& value) { return value; }
  static std::string text(const policy::Secret& value) {
    return value.empty() ? "" : std::string(policy::Secret::kRedacted);
  }
  static std::string text(Duration value) { return std::to_string(value.ms()) + "ms"; }
  static std::string text(Port value) { return std::to_string(value.value); }
  static std::string text(const Cidr& value) { return value.to_string(); }
  static std::string text(const policy::NamedValue& value) { return value.name + ":" + value.value; }
  static std::string text(const policy::NamedSecret& value) { return value.name + ":" + text(value.value); }
  static std::string text(const policy::ColonPair& value) { return value.text(); }
  template <typename T>
  static std::string text(const policy::NamedRecord<T>& value) {
    return value.name + " {" + describe_config(value.record) + "}";
  }
  template <policy::NamedEnum E>
  static std::string text(E value) {
    return std::string(policy::to_text(value));
  }
  template <typename N>
    requires std::is_arithmetic_v<N>
  static std::string text(N value) {
    return std::to_string(value);
  }
  template <typename T>
  static std::string text(const std::optional<T>& value) {
    return value ? text(*value) : "none";
  }
  template <typename T>
  static std::string text(const std::vector<T>& values) {
    std::string list;
    for (const auto& value : values) list += (list.empty() ? "" : ", ") + text(value);
    return "[" + list + "]";
  }

  std::string prefix_;
  std::vector<FieldText> texts_;
};

// "name=value" for each field of `config` that is not as in a configuration of its type that says nothing.
template <typename Config>
std::string describe_config(const Config& config) {
  FieldTexts own;
  FieldTexts defaults;
  Config::fields(config, own);
  const Config untouched;
  Config::fields(untouched, defaults);
  std::string text;
  for (size_t i = 0; i < own.texts().size(); ++i) {
    const FieldText& field = own.texts()[i];
    if (i < defaults.texts().size() && field == defaults.texts()[i]) continue;
    text += (text.empty() ? "" : " ") + field.name + "=" + field.value;
  }
  return text;
}

}  // namespace sluice::gateway
