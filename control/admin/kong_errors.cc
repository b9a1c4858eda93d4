#include "admin/kong_errors.h"

#include <map>

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr int kInvalidDeclarativeConfiguration = 14;

// Kong counts list members from 1 and joins with dots: "paths[0]" is "paths.1".
std::string kong_field(const std::string& field) {
  std::string out;
  for (size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '[') {
      out += field[i];
      continue;
    }
    const size_t close = field.find(']', i);
    out += '.' + std::to_string(std::stoul(field.substr(i + 1, close - i - 1)) + 1);
    i = close;
  }
  return out;
}

json error_json(const config::Diagnostic& d) {
  json error = {{"type", d.field.empty() ? "entity" : "field"}, {"message", d.message}};
  if (!d.field.empty()) error["field"] = kong_field(d.field);
  return error;
}

json flattened(const std::vector<config::Diagnostic>& errors) {
  std::map<std::string, json> entities;
  for (const config::Diagnostic& d : errors) {
    if (d.entity.type.empty()) continue;
    json& entity = entities[d.entity.path];
    if (entity.is_null()) {
      entity = {{"entity_type", d.entity.type}, {"errors", json::array()}};
      if (!d.entity.name.empty()) entity["entity_name"] = d.entity.name;
      if (d.entity.id) entity["entity_id"] = *d.entity.id;
      if (!d.entity.tags.empty()) entity["entity_tags"] = d.entity.tags;
    }
    entity["errors"].push_back(error_json(d));
  }
  json list = json::array();
  for (auto& [path, entity] : entities) list.push_back(std::move(entity));
  return list;
}

// What is wrong with the file itself, or with every entity by its path where nothing is flattened.
json fields(const std::vector<config::Diagnostic>& errors, bool flatten) {
  json out = json::object();
  for (const config::Diagnostic& d : errors) {
    if (flatten && !d.entity.type.empty()) continue;
    const std::string where =
        d.entity.path.empty() || d.field.empty() ? d.entity.path + d.field : d.entity.path + "." + d.field;
    out[where.empty() ? "error" : where] = d.message;
  }
  return out;
}

std::vector<std::string> lines(const std::string& file, const std::vector<config::Diagnostic>& diagnostics) {
  std::vector<std::string> out;
  for (const config::Diagnostic& d : diagnostics) out.push_back(config::to_line(file, d));
  return out;
}

}  // namespace

json refusal_json(const PublishOutcome& outcome, bool flatten) {
  const std::vector<std::string> mistakes = error_lines(outcome);
  json body = {{"code", kInvalidDeclarativeConfiguration},
               {"name", "invalid declarative configuration"},
               {"message", "declarative config is invalid: " + (mistakes.empty() ? std::string() : mistakes.front())},
               {"fields", fields(outcome.diagnostics.errors(), flatten)},
               {"errors", mistakes},
               {"warnings", warning_lines(outcome)}};
  if (flatten) body["flattened_errors"] = flattened(outcome.diagnostics.errors());
  return body;
}

std::vector<std::string> error_lines(const PublishOutcome& outcome) {
  std::vector<std::string> out = lines(outcome.file, outcome.diagnostics.errors());
  if (outcome.diagnostics.suppressed() > 0) {
    out.push_back(outcome.file + ": and " + std::to_string(outcome.diagnostics.suppressed()) + " more mistakes");
  }
  if (!outcome.refusal.empty()) out.push_back(outcome.refusal);
  return out;
}

std::vector<std::string> warning_lines(const PublishOutcome& outcome) {
  return lines(outcome.file, outcome.diagnostics.warnings());
}

}  // namespace sluice::control
