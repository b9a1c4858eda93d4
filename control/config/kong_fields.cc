#include "config/kong_fields.h"

#include <fmt/format.h>

#include <string_view>
#include <variant>

#include "config/entity_path.h"

namespace sluice::config {

namespace {

// The place that a step leads to, made where it is not there; nullptr if a message stands in the way.
Json* descend(Json& from, const PathStep& step) {
  if (const auto* index = std::get_if<size_t>(&step)) {
    if (!from.is_null() && !from.is_array()) return nullptr;
    while (from.size() <= *index) from.push_back(nullptr);
    return &from[*index];
  }
  if (!from.is_null() && !from.is_object()) return nullptr;
  return &from[std::get<std::string>(step)];
}

Json* place(Json& root, const std::string& path) {
  Json* at = &root;
  for (const PathStep& step : steps_of(path)) {
    if (at != nullptr) at = descend(*at, step);
  }
  return at;
}

void add_entity_error(Json& entity, const std::string& message) {
  // Kong says these in the entity's stead.
  if (entity.is_null() && message.starts_with("uniqueness violation")) {
    entity = message;
  } else if (entity.is_null() || entity.is_object()) {
    // The file may have a key of that name, of which something was said already.
    Json& told = entity["@entity"];
    if (told.is_null() || told.is_array()) told.push_back(message);
  }
}

// What is wrong with the file itself; `root` is nullptr if it is no YAML.
std::string file_error(const Diagnostic& d, const YamlNode* root) {
  if (root != nullptr && root->kind == YamlKind::kMap) return d.message;
  const bool at = root == nullptr && d.mark.line != 0;
  const std::string place = at ? fmt::format("{}:{}: ", d.readable_to.line, d.readable_to.column) : std::string();
  return "failed parsing declarative configuration: " + place + d.message;
}

// Where Kong tells that an entity does not go with another one: a name or a key taken twice in the entity's own list,
// though that may stand in a parent; an id also in the list above, but no higher.
std::string conflict_path(const Diagnostic& d) {
  const std::string& path = d.entity.path;
  const size_t own = path.rfind('.');
  if (own == std::string::npos) return path;
  if (d.message.find(" with primary key set ") == std::string::npos) return path.substr(own + 1);
  const size_t above = path.rfind('.', own - 1);
  return above == std::string::npos ? path : path.substr(above + 1);
}

// What Kong's lists name an entity of the kind by where others refer to it; empty: its id.
std::string_view unique_field(std::string_view plural) {
  if (plural == "consumers" || plural == "basicauth_credentials" || plural == "hmacauth_credentials") return "username";
  if (plural == "keyauth_credentials" || plural == "jwt_secrets") return "key";
  if (plural == "plugins") return "instance_name";
  return plural == "acls" || plural == "targets" ? "" : "name";
}

// Kong tells of a reference that leads nowhere by the name of the entity that has it. That of a key is a secret.
void add_dangling(Json& fields, const Diagnostic& d, const YamlNode* node) {
  const size_t own = d.entity.path.rfind('.');
  const std::string list = own == std::string::npos ? d.entity.path : d.entity.path.substr(own + 1);
  const std::string plural = list.substr(0, list.find('['));
  const YamlNode* name = node == nullptr ? nullptr : node->find(unique_field(plural));
  std::string key = name != nullptr && name->kind == YamlKind::kString ? name->text : d.entity.id.value_or("?");
  if (plural == "keyauth_credentials" && name != nullptr) key = "***";
  Json& list_fields = fields[plural];
  if (list_fields.is_null() || list_fields.is_object()) list_fields[key].push_back(d.message);
}

}  // namespace

void add_error(Json& fields, const Diagnostic& mistake, const YamlNode* root) {
  if (mistake.entity.path.empty() && mistake.field.empty()) {
    fields["error"] = file_error(mistake, root);
    return;
  }
  if (mistake.between_entities && !mistake.field.empty())
    return add_dangling(fields, mistake, find_node(root, mistake.entity.path));
  Json* entity = place(fields, mistake.between_entities ? conflict_path(mistake) : mistake.entity.path);
  if (entity == nullptr) return;
  if (mistake.field.empty()) {
    if (Json* whole = place(*entity, mistake.within)) add_entity_error(*whole, mistake.message);
    return;
  }
  Json* field = place(*entity, mistake.field);
  if (field != nullptr && field->is_null()) *field = mistake.message;
}

std::string kong_field(const std::string& field) {
  std::string out;
  for (const PathStep& step : steps_of(field)) {
    if (!out.empty()) out += '.';
    if (const auto* index = std::get_if<size_t>(&step)) {
      out += std::to_string(*index + 1);
    } else {
      out += std::get<std::string>(step);
    }
  }
  return out;
}

}  // namespace sluice::config
