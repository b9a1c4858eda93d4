#include "config/entity_list.h"

#include <fmt/format.h>

#include <cmath>

#include "config/yaml_scalar.h"

namespace sluice::config {

namespace {

// What stands in the place of a credential without its field's name is the secret itself: it is not shown.
std::string kind_of(const YamlNode& node) {
  const bool scalar = node.kind == YamlKind::kString || node.kind == YamlKind::kNumber || node.kind == YamlKind::kBool;
  return scalar ? "a single value" : describe(node);
}

constexpr std::string_view kCommonKeys[] = {"created_at", "updated_at", "_comment", "_ignore"};

void check_timestamp(LoadContext& context, const YamlNode& entity, std::string_view key) {
  const YamlNode* value = entity.find(key);
  if (value == nullptr || value->kind == YamlKind::kNull) return;
  const LoadContext::Step step(context, key);
  const auto number = value->kind == YamlKind::kNumber ? to_number(value->text) : std::nullopt;
  const bool fractions = context.entity().type == "target";  // Kong's are in milliseconds there
  if (!number || (!fractions && *number != std::floor(*number))) {
    context.error(value->mark, fractions ? "expected a number" : "expected an integer", describe(*value));
  } else if (*number <= 0) {
    context.error(value->mark, "expected a valid timestamp", describe(*value));
  } else {
    context.warn_once(value->mark, "timestamps are not used");
  }
}

// Lists of entities that stand in an entity, which are loaded after it. Routes have `snis` of their own.
void check_nested_lists(LoadContext& context, const YamlNode& entity) {
  constexpr std::string_view kLists[] = {"routes",
                                         "plugins",
                                         "targets",
                                         "snis",
                                         "keyauth_credentials",
                                         "basicauth_credentials",
                                         "hmacauth_credentials",
                                         "jwt_secrets",
                                         "acls"};
  if (context.entity().type.empty()) return;
  for (const std::string_view key : kLists) {
    const YamlNode* list = entity.find(key);
    if (list == nullptr || list->kind == YamlKind::kNull || stands_for_list(*list)) continue;
    const LoadContext::Step step(context, key);
    if (!context.complained()) context.error(list->mark, "expected an array", kind_of(*list));
  }
}

}  // namespace

std::vector<std::string_view> with_common_keys(std::initializer_list<std::string_view> keys) {
  std::vector<std::string_view> all(keys);
  all.insert(all.end(), std::begin(kCommonKeys), std::end(kCommonKeys));
  return all;
}

void check_common_keys(LoadContext& context, const YamlNode& entity) {
  check_nested_lists(context, entity);
  check_timestamp(context, entity, "created_at");
  check_timestamp(context, entity, "updated_at");
  const auto check_kind = [&](std::string_view key, YamlKind kind, const char* expected) {
    const YamlNode* value = entity.find(key);
    if (value == nullptr || value->kind == YamlKind::kNull || value->kind == kind) return;
    const LoadContext::Step step(context, key);
    context.error(value->mark, expected, describe(*value));
  };
  check_kind("_comment", YamlKind::kString, "expected a string");
  check_kind("_ignore", YamlKind::kList, "expected an array");
}

EntityList entity_list(const LoadContext& context, const YamlNode& map, std::string_view key) {
  const std::string& above = context.entity().path;
  return {map.find(key), above.empty() ? std::string(key) : fmt::format("{}.{}", above, key)};
}

void for_each_entity(LoadContext& context, const EntityList& list, std::string_view type,
                     const std::function<void(const YamlNode&)>& each) {
  if (list.node == nullptr || list.node->kind == YamlKind::kNull) return;
  if (!stands_for_list(*list.node)) {
    if (list.path.find('.') != std::string::npos) return;  // said of the entity that it stands in
    const LoadContext::Step step(context, list.path.substr(list.path.rfind('.') + 1));
    context.error(list.node->mark, "expected an array", kind_of(*list.node));
    return;
  }
  for (size_t i = 0; i < list.node->items.size(); ++i) {
    const YamlNode& item = *list.node->items[i];
    std::string path = fmt::format("{}[{}]", list.path, i);
    if (context.leaves_out(path)) continue;
    const LoadContext::Scope scope(context, name_entity(type, item, std::move(path)));
    if (item.kind == YamlKind::kMap) {
      each(item);
    } else {
      context.error(item.mark, "expected a record", kind_of(item));
    }
  }
}

}  // namespace sluice::config
