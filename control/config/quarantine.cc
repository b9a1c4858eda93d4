#include "config/quarantine.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/field_loader.h"
#include "config/service_url.h"

namespace sluice::config {

namespace {

struct ScopeField {
  std::string_view field;
  std::string_view plural;
};

// What a plugin may be limited to, the narrowest first; a group of acl always belongs to a consumer.
constexpr ScopeField kScopes[] = {
    {"route", "routes"}, {"service", "services"}, {"consumer_group", "consumer_groups"}, {"consumer", "consumers"}};

bool is_called(const YamlNode& entity, const std::string& name_or_id) {
  for (const std::string_view key : {"name", "username", "id"}) {
    const YamlNode* value = entity.find(key);
    if (value != nullptr && value->kind == YamlKind::kString && value->text == name_or_id) return true;
  }
  return false;
}

const YamlNode* list_of(const YamlNode& map, std::string_view key) {
  const YamlNode* list = map.find(key);
  return list != nullptr && list->kind == YamlKind::kList ? list : nullptr;
}

// The host that a service names, in `host` or in `url`.
std::string host_of(const YamlNode& service) {
  const YamlNode* url = service.find("url");
  if (url != nullptr && url->kind == YamlKind::kString) return parse_service_url(url->text).host;
  const YamlNode* host = service.find("host");
  return host == nullptr ? std::string() : host->text;
}

// The entity that one at "services[0].plugins[1]" stands in: "services[0]"; empty for one at top level.
std::string parent_path(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::string() : path.substr(0, dot);
}

// The node at a path of entities: "plugins[3]".
const YamlNode* top_level_node(const YamlNode& root, const std::string& path) {
  const size_t bracket = path.find('[');
  const YamlNode* list = list_of(root, path.substr(0, bracket));
  const size_t index = bracket == std::string::npos ? 0 : std::stoul(path.substr(bracket + 1));
  return list != nullptr && index < list->items.size() ? list->items[index] : nullptr;
}

}  // namespace

bool Quarantine::take(const Diagnostics& mistakes) {
  return std::all_of(mistakes.errors().begin(), mistakes.errors().end(),
                     [this](const Diagnostic& mistake) { return take(mistake); });
}

bool Quarantine::take(const Diagnostic& mistake) {
  if (mistake.entity.path.empty() || mistake.entity.path.starts_with("edge")) return false;
  if (mistake.entity.type == "consumer_group" && mistake.field.starts_with("consumers")) return take_member(mistake);
  // Without one of its groups a consumer would pass where the plugin acl denies that group.
  if (mistake.entity.type == "plugin" || mistake.entity.type == "acl") return take_scope_of(mistake);
  add(mistake, mistake.entity.path);
  if (mistake.entity.type == "upstream" || mistake.entity.type == "target") take_services_of(mistake);
  return true;
}

bool Quarantine::take_scope_of(const Diagnostic& mistake) {
  if (const std::string parent = parent_path(mistake.entity.path); !parent.empty()) {
    add(mistake, parent);
    return true;
  }
  const YamlNode* node = top_level_node(root_, mistake.entity.path);
  for (const ScopeField& scope : kScopes) {
    const std::string name = node == nullptr ? std::string() : reference_text(node->find(scope.field));
    if (name.empty()) continue;
    const std::vector<std::string> paths = find_all(scope.plural, name);
    // Whom it was to protect cannot be told.
    if (paths.empty()) return false;
    for (const std::string& path : paths) add(mistake, path);
    left_out_.insert(mistake.entity.path);
    return true;
  }
  return false;
}

// A group without one of its members is still that group. One whom the file does not have may be anybody misspelled,
// who would be served without the group's plugins.
bool Quarantine::take_member(const Diagnostic& mistake) {
  constexpr std::string_view kMember = "consumers[";
  if (!mistake.between_entities || !mistake.field.starts_with(kMember)) return false;
  const YamlNode* group = top_level_node(root_, mistake.entity.path);
  const YamlNode* members = group == nullptr ? nullptr : list_of(*group, "consumers");
  const size_t index = std::stoul(mistake.field.substr(kMember.size()));
  if (members == nullptr || index >= members->items.size()) return false;
  if (find_all("consumers", reference_text(members->items[index])).empty()) return false;
  add(mistake, mistake.entity.path + "." + mistake.field);
  return true;
}

// A service that names an upstream would look the name up in DNS without it. An upstream without one of its targets is
// still that upstream.
void Quarantine::take_services_of(const Diagnostic& upstream) {
  const YamlNode* list = list_of(root_, "services");
  if (upstream.entity.type == "target" || upstream.entity.name.empty() || list == nullptr) return;
  for (size_t i = 0; i < list->items.size(); ++i) {
    if (host_of(*list->items[i]) == upstream.entity.name) add(upstream, fmt::format("services[{}]", i));
  }
}

// Those whose own `groups` name it refer to it, and go for that.
void Quarantine::take_members_of(const Diagnostic& reason, const std::string& group_path) {
  const YamlNode* group = top_level_node(root_, group_path);
  const YamlNode* members = group == nullptr ? nullptr : list_of(*group, "consumers");
  if (members == nullptr) return;
  for (const YamlNode* member : members->items) {
    for (const std::string& path : find_all("consumers", reference_text(member))) add(reason, path);
  }
}

void Quarantine::add(const Diagnostic& reason, const std::string& path) {
  const bool fresh = left_out_.insert(path).second;
  Diagnostic said = reason;
  if (path != reason.entity.path) said.hint = fmt::format("with it goes {}", path);
  reasons_.push_back(std::move(said));
  const bool is_group = path.starts_with("consumer_groups[") && parent_path(path).empty();
  if (fresh && is_group) take_members_of(reason, path);
}

std::vector<std::string> Quarantine::find_all(std::string_view plural, const std::string& name_or_id) const {
  std::vector<std::string> paths;
  if (const YamlNode* list = list_of(root_, plural)) {
    for (size_t i = 0; i < list->items.size(); ++i) {
      if (is_called(*list->items[i], name_or_id)) paths.push_back(fmt::format("{}[{}]", plural, i));
    }
  }
  const YamlNode* services = plural == "routes" ? list_of(root_, "services") : nullptr;
  for (size_t s = 0; services != nullptr && s < services->items.size(); ++s) {
    const YamlNode* routes = list_of(*services->items[s], "routes");
    for (size_t r = 0; routes != nullptr && r < routes->items.size(); ++r) {
      if (is_called(*routes->items[r], name_or_id)) paths.push_back(fmt::format("services[{}].routes[{}]", s, r));
    }
  }
  return paths;
}

}  // namespace sluice::config
