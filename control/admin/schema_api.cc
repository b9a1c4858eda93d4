#include "admin/schema_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/kong_report.h"
#include "config/lua_text.h"
#include "config/policy_loader.h"
#include "config/schema.h"

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr int kSchemaViolation = 2;

// What Kong's message says of a field: each member of a table by itself, but no deeper.
void append_violations(const std::string& field, const json& told, std::vector<std::string>& out) {
  if (!told.is_structured()) {
    out.push_back(fmt::format("{}: {}", field, told.get<std::string>()));
    return;
  }
  for (const auto& [key, value] : told.items()) {
    if (value.is_null()) continue;
    const std::string name = told.is_array() ? fmt::to_string(std::stoul(key) + 1) : key;
    const std::string text = value.is_string() ? value.get<std::string>() : config::lua_lines(value);
    out.push_back(fmt::format("{}.{}: {}", field, name, text));
  }
}

// What is said of the entity as a whole goes first, without a name.
std::vector<std::string> violations_of(const json& fields) {
  constexpr const char* kWhole = "@entity";
  std::vector<std::string> out;
  const bool whole = fields.contains(kWhole) && fields[kWhole].is_array();
  if (whole) out = fields[kWhole].get<std::vector<std::string>>();
  for (const auto& [field, told] : fields.items()) {
    if (!told.is_null() && !(whole && field == kWhole)) append_violations(field, told, out);
  }
  return out;
}

// Kong's tools fill in the defaults within a record only where it is required, as it is wherever it is never null.
json with_required_records(json schema) {
  if (schema.value("type", "") == "record") schema["required"] = true;
  if (!schema.contains("fields")) return schema;
  for (json& field : schema["fields"]) {
    for (auto& [name, inner] : field.items()) inner = with_required_records(std::move(inner));
  }
  return schema;
}

json without_references(const std::vector<config::Diagnostic>& errors, const std::string& text) {
  std::vector<config::Diagnostic> kept;
  for (const config::Diagnostic& d : errors) {
    // One entity alone cannot say whether those that it names, or a vault, are there.
    const bool elsewhere = d.message.starts_with("invalid reference") || d.message.starts_with("cannot resolve");
    if (!elsewhere) kept.push_back(d);
  }
  return config::kong_report(kept, text).fields;
}

}  // namespace

std::optional<AdminResponse> schema_violation(const std::string& plural, const json& entity) {
  const std::string text = json({{"_format_version", "3.0"}, {plural, {entity}}}).dump();
  const config::LoadedPolicy loaded = config::load_policy(text, "the body");
  const json all = without_references(loaded.diagnostics.errors(), text);
  const json fields = all.contains(plural) ? all[plural][0] : all;
  if (fields.empty()) return std::nullopt;
  const std::vector<std::string> violations = violations_of(fields);
  const std::string count =
      violations.size() == 1 ? "schema violation" : fmt::format("{} schema violations", violations.size());
  return json_answer(400, {{"code", kSchemaViolation},
                           {"name", "schema violation"},
                           {"message", fmt::format("{} ({})", count, fmt::join(violations, "; "))},
                           {"fields", fields}});
}

// Kong's older path of a plugin's schema shows the configuration alone.
std::optional<AdminResponse> serve_schema(const AdminRequest& request, const std::vector<std::string>& path) {
  if (path.size() == 3 && path[0] == "plugins" && path[1] == "schema") {
    if (!request.reads()) return method_not_allowed();
    const json schema = config::plugin_schema(path[2]);
    if (schema.is_null()) return json_answer(404, {{"message", fmt::format("No plugin named '{}'", path[2])}});
    return json_answer(200, with_required_records(schema["fields"].back()["config"]));
  }
  if (path.size() < 2 || path[0] != "schemas") return std::nullopt;
  const bool of_vault = path.size() == 3 && path[1] == "vaults" && path[2] != "validate";
  if (of_vault) {
    if (!request.reads()) return method_not_allowed();
    if (path[2] != "env") return json_answer(404, {{"message", fmt::format("No vault named '{}'", path[2])}});
    const json fields = config::entity_schema("vaults")["fields"];
    const auto config = std::ranges::find_if(fields, [](const json& field) { return field.contains("config"); });
    return json_answer(200, with_required_records({{"fields", json::array({*config})}}));
  }
  const bool of_plugin = path.size() == 3 && path[1] == "plugins" && path[2] != "validate";
  if (of_plugin) {
    if (!request.reads()) return method_not_allowed();
    const json schema = config::plugin_schema(path[2]);
    if (schema.is_null()) return json_answer(404, {{"message", fmt::format("No plugin named '{}'", path[2])}});
    return json_answer(200, with_required_records(schema));
  }
  const json schema = config::entity_schema(path[1]);
  if (schema.is_null()) return json_answer(404, {{"message", fmt::format("No entity named '{}'", path[1])}});
  if (path.size() == 2) return request.reads() ? json_answer(200, with_required_records(schema)) : method_not_allowed();
  if (path.size() != 3 || path[2] != "validate") return not_found();
  if (request.method != "POST") return method_not_allowed();
  const json entity = parse_json(request.body);
  if (!entity.is_object()) return no_json();
  if (auto violation = schema_violation(path[1], entity)) return violation;
  return json_answer(200, {{"message", "schema validation successful"}});
}

}  // namespace sluice::control
