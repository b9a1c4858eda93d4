#include "config/kong_entities.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "config/entity_path.h"
#include "config/yaml_scalar.h"

namespace sluice::config {

namespace {

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

}  // namespace

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

}  // namespace sluice::config
