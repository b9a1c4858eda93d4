#include "config/kong_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "config/yaml_scalar.h"

namespace sluice::config {

namespace {

// A step from a value to one in it: a key of a map or an index of a list.
using Step = std::variant<std::string, size_t>;

// The steps of "services[0].routes[1]".
std::vector<Step> steps_of(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    const size_t end = std::min(path.find_first_of(".[", 1), path.size());
    std::string_view step = path.substr(0, end);
    path.remove_prefix(end);
    if (step.starts_with('[')) {
      steps.emplace_back(static_cast<size_t>(std::stoul(std::string(step.substr(1)))));
    } else {
      steps.emplace_back(std::string(step.starts_with('.') ? step.substr(1) : step));
    }
  }
  return steps;
}

// The place that a step leads to, made where it is not there; nullptr if a message stands in the way.
Json* descend(Json& from, const Step& step) {
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
  for (const Step& step : steps_of(path)) {
    if (at != nullptr) at = descend(*at, step);
  }
  return at;
}

const YamlNode* find_node(const YamlNode* root, const std::string& path) {
  for (const Step& step : steps_of(path)) {
    if (root == nullptr) return nullptr;
    if (const auto* index = std::get_if<size_t>(&step)) {
      root = *index < root->items.size() ? root->items[*index] : nullptr;
    } else {
      root = root->find(std::get<std::string>(step));
    }
  }
  return root;
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

void add_error(Json& fields, const Diagnostic& d, const YamlNode* root) {
  if (d.entity.path.empty() && d.field.empty()) {
    fields["error"] = file_error(d, root);
    return;
  }
  if (d.between_entities && !d.field.empty()) return add_dangling(fields, d, find_node(root, d.entity.path));
  Json* entity = place(fields, d.between_entities ? conflict_path(d) : d.entity.path);
  if (entity == nullptr) return;
  if (d.field.empty()) {
    if (Json* whole = place(*entity, d.within)) add_entity_error(*whole, d.message);
    return;
  }
  Json* field = place(*entity, d.field);
  if (field != nullptr && field->is_null()) *field = d.message;
}

Json number_of(const std::string& text) {
  if (const auto whole = to_integer(text)) return *whole;
  return to_number(text).value_or(0);
}

Json node_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::kNull:
      return nullptr;
    case YamlKind::kBool:
      return to_bool(node.text);
    case YamlKind::kNumber:
      return number_of(node.text);
    case YamlKind::kString:
      return node.text;
    case YamlKind::kList: {
      // Kong's JSON library writes an empty table as an object.
      Json list = node.items.empty() ? Json::object() : Json::array();
      for (const YamlNode* item : node.items) list.push_back(node_json(*item));
      return list;
    }
    case YamlKind::kMap:
      break;
  }
  Json map = Json::object();
  for (const YamlNode::Entry& entry : node.entries) map[entry.key] = node_json(*entry.value);
  return map;
}

// The entity as the file has it, without the entities that stand in it, which have errors of their own.
Json entity_json(const YamlNode& node, const EntityName& name) {
  constexpr std::string_view kNested[] = {"services",
                                          "routes",
                                          "plugins",
                                          "targets",
                                          "snis",
                                          "consumers",
                                          "keyauth_credentials",
                                          "basicauth_credentials",
                                          "hmacauth_credentials",
                                          "jwt_secrets",
                                          "acls"};
  Json entity = Json::object();
  for (const YamlNode::Entry& entry : node.entries) {
    const bool own = entry.key == "snis" && name.type == "route";
    const bool nested = !own && std::find(std::begin(kNested), std::end(kNested), entry.key) != std::end(kNested);
    const bool container = entry.value->kind == YamlKind::kList || entry.value->kind == YamlKind::kMap;
    if (!nested || !container) entity[entry.key] = node_json(*entry.value);
  }
  if (name.id && !entity.contains("id")) entity["id"] = *name.id;
  if (!name.parent_field.empty() && !entity.contains(name.parent_field)) {
    entity[name.parent_field] = {{"id", name.parent_id}};
  }
  return entity;
}

// What the entity at `path` calls the one that it stands in, and that one's path; empty: it stands at top level.
std::pair<std::string, std::string> parent_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string::npos) return {};
  const std::string above = path.substr(0, dot);
  const size_t start = above.rfind('.') == std::string::npos ? 0 : above.rfind('.') + 1;
  const std::string plural = above.substr(start, above.find('[', start) - start);
  return {plural.substr(0, plural.size() - 1), above};
}

// Kong names the parent of what is wrong where the file gives the parent's id.
void name_parent(Json& entity, const YamlNode* root, const std::string& path) {
  const auto [field, above] = parent_of(path);
  if (field.empty() || entity.contains(field)) return;
  const YamlNode* parent = find_node(root, above);
  const YamlNode* id = parent == nullptr ? nullptr : parent->find("id");
  if (id != nullptr && id->kind == YamlKind::kString && policy::Uuid::parse(id->text)) {
    entity[field] = {{"id", id->text}};
  }
}

bool are_texts(const Json& tags) {
  return tags.is_array() && std::all_of(tags.begin(), tags.end(), [](const Json& tag) { return tag.is_string(); });
}

Json describe_entity(const YamlNode* root, const EntityName& name) {
  Json out = {{"entity_type", name.type}, {"errors", Json::array()}};
  const YamlNode* node = find_node(root, name.path);
  if (node == nullptr) return out;
  Json entity = entity_json(*node, name);
  name_parent(entity, root, name.path);
  if (entity.contains("name") && entity["name"].is_string() && entity["name"] != "")
    out["entity_name"] = entity["name"];
  if (entity.contains("id") && entity["id"].is_string() && policy::Uuid::parse(entity["id"].get<std::string>())) {
    out["entity_id"] = entity["id"];
  }
  if (entity.contains("tags") && are_texts(entity["tags"])) out["entity_tags"] = entity["tags"];
  out["entity"] = std::move(entity);
  return out;
}

Json error_json(const Diagnostic& d) {
  Json error = {{"type", d.field.empty() ? "entity" : "field"}, {"message", d.message}};
  if (!d.field.empty()) error["field"] = kong_field(d.field);
  return error;
}

std::string lua_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

bool is_lua_name(std::string_view key) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !key.empty() && letter(key[0]) &&
         std::all_of(key.begin(), key.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

std::string kong_field(const std::string& field) {
  std::string out;
  for (const Step& step : steps_of(field)) {
    if (!out.empty()) out += '.';
    if (const auto* index = std::get_if<size_t>(&step)) {
      out += std::to_string(*index + 1);
    } else {
      out += std::get<std::string>(step);
    }
  }
  return out;
}

namespace {

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

std::string lua_text(const Json& value) {
  if (value.is_string()) return lua_string(value.get<std::string>());
  if (!value.is_structured()) return value.dump();
  std::vector<std::string> parts;
  bool in_order = true;  // Lua counts no further than to the first hole
  for (const auto& [key, member] : value.items()) {
    if (member.is_null()) {
      in_order = false;
    } else if (value.is_object()) {
      parts.push_back((is_lua_name(key) ? key : "[" + lua_string(key) + "]") + "=" + lua_text(member));
    } else {
      parts.push_back((in_order ? "" : fmt::format("[{}]=", std::stoul(key) + 1)) + lua_text(member));
    }
  }
  return fmt::format("{{{}}}", fmt::join(parts, ","));
}

}  // namespace sluice::config
