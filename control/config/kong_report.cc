#include "config/kong_report.h"

#include <algorithm>
#include <map>
#include <utility>

#include "config/kong_entities.h"
#include "config/kong_fields.h"

namespace sluice::config {

namespace {

Json error_json(const Diagnostic& d) {
  Json error = {{"type", d.field.empty() ? "entity" : "field"}, {"message", d.message}};
  if (!d.field.empty()) error["field"] = kong_field(d.field);
  return error;
}

// Where entities are wrong by themselves, Kong says nothing of how they go together, but for references to what is not
// there, which it then takes for entities without an id.
std::vector<Diagnostic> as_kong_looks(std::vector<Diagnostic> errors) {
  if (std::ranges::all_of(errors, &Diagnostic::between_entities)) return errors;
  std::erase_if(errors, [](const Diagnostic& d) { return d.between_entities && d.field.empty(); });
  for (Diagnostic& d : errors) {
    if (!std::exchange(d.between_entities, false)) continue;
    d.field += ".id";
    d.message = "missing primary key";
    d.entity.id.reset();
    d.entity.parent_field.clear();
  }
  return errors;
}

}  // namespace

KongReport kong_report(const std::vector<Diagnostic>& errors, std::string_view text) {
  KongReport report;
  Diagnostics unused;
  const YamlTree tree(text, unused);
  std::map<std::string, Json> entities;
  for (const Diagnostic& d : as_kong_looks(errors)) {
    add_error(report.fields, d, tree.root());
    if (d.entity.type.empty()) {
      add_error(report.file_fields, d, tree.root());
      continue;
    }
    const auto [entity, fresh] = entities.try_emplace(d.entity.path);
    if (fresh) entity->second = describe_entity(tree.root(), d.entity);
    entity->second["errors"].push_back(error_json(d));
  }
  if (!entities.empty()) report.flattened_errors = Json::array();
  for (auto& [path, entity] : entities) report.flattened_errors.push_back(std::move(entity));
  return report;
}

}  // namespace sluice::config
