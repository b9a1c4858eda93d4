// The schemas that field tables make, in Kong's form: for GET /schemas/… on the control socket and for documentation.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/described_json.h"

namespace sluice::config {

// {"fields": [{"name": {"type": …, "default": …, …}}, …]} of the entity in Kong's plural ("services"); null if there is
// no such kind.
Json entity_schema(std::string_view plural);

// The plugins that Sluice has, by name.
std::vector<std::string_view> plugin_names();

// The same of a plugin, with its configuration under "config"; null if Sluice does not have it.
Json plugin_schema(std::string_view name);

// Lists the fields of a table, each with its type, its default and its limits.
class SchemaWriter {
 public:
  template <typename T>
  void operator()(std::string_view name, const T& member, const policy::FieldInfo& info) {
    if (!info.shorthand_of.empty()) return;
    Json field = type_of(member, info);
    field["description"] = std::string(info.help);
    if (info.required) field["required"] = true;
    Json value = DefaultOf::write(member, info);
    const bool derived = std::is_same_v<T, policy::Uuid>;
    const bool has_default = !value.is_null() && !info.required && !derived && field["type"] != "record";
    if (has_default) field["default"] = std::move(value);
    fields_.push_back({{std::string(name), std::move(field)}});
  }

  // The fields of T, in the order of its table.
  template <typename T>
  static Json fields_of() {
    const T defaults{};
    SchemaWriter writer;
    T::fields(defaults, writer);
    return writer.fields_;
  }

 private:
  // One field's default as JSON, by way of a table of one.
  struct DefaultOf {
    template <typename T>
    static Json write(const T& member, const policy::FieldInfo& info) {
      DescribedWriter writer(nullptr, SecretStyle::kRedacted);
      writer("value", member, info);
      return writer.take()["value"];
    }
  };

  template <typename T>
  static Json type_of(const T&, const policy::FieldInfo& info) {
    if constexpr (std::is_same_v<T, policy::Unsupported>) {
      return {{"type", "any"}, {"eq", nullptr}};
    } else if constexpr (requires(SchemaWriter& w, const T& t) { T::fields(t, w); }) {
      return {{"type", "record"}, {"fields", fields_of<T>()}};
    } else if constexpr (policy::NamedEnum<T>) {
      return {{"type", "string"}, {"one_of", names_of(T{})}};
    } else if constexpr (std::is_same_v<T, bool>) {
      return {{"type", "boolean"}};
    } else {
      Json type = scalar_type(number_type<T>(info), info);
      if (std::is_same_v<T, policy::Secret>) type["referenceable"] = true;
      return type;
    }
  }
  template <typename T>
  static Json type_of(const std::optional<T>&, const policy::FieldInfo& info) {
    return type_of(T{}, info);
  }
  template <typename T>
  static Json type_of(const std::vector<T>&, const policy::FieldInfo& info) {
    if constexpr (std::is_same_v<T, policy::NamedValue>) {
      return {{"type", "map"}, {"keys", {{"type", "string"}}}, {"values", {{"type", "string"}}}};
    } else if constexpr (std::is_same_v<T, policy::NamedSecret>) {
      return {{"type", "map"}, {"keys", {{"type", "string"}}}, {"values", type_of(policy::Secret(), {})}};
    } else if constexpr (std::is_same_v<T, policy::NamedValues>) {
      return {{"type", "map"}, {"keys", {{"type", "string"}}}, {"values", {{"type", "array"}}}};
    } else {
      return {{"type", "array"}, {"elements", type_of(T{}, info)}};
    }
  }
  template <typename T>
  static Json type_of(const std::vector<policy::NamedRecord<T>>&, const policy::FieldInfo& info) {
    return {{"type", "map"}, {"keys", {{"type", "string"}}}, {"values", type_of(T{}, info)}};
  }
  template <typename T>
  static Json type_of(const policy::Ref<T>&, const policy::FieldInfo&) {
    return {{"type", "foreign"}};
  }

  template <typename T>
  static std::string_view number_type(const policy::FieldInfo& info) {
    const bool as_text = info.unit == policy::Unit::kDuration || info.unit == policy::Unit::kBytes;
    if (as_text) return "string";
    if (std::is_integral_v<T> || std::is_same_v<T, Port>) return "integer";
    if (std::is_same_v<T, Duration>) return info.unit == policy::Unit::kMilliseconds ? "integer" : "number";
    return std::is_floating_point_v<T> ? "number" : "string";
  }
  static Json scalar_type(std::string_view type, const policy::FieldInfo& info);

  Json fields_ = Json::array();
};

}  // namespace sluice::config
