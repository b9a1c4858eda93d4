#include "config/entity_list.h"

#include <fmt/format.h>

namespace sluice::config {

EntityList entity_list(const LoadContext& context, const YamlNode& map, std::string_view key) {
  const std::string& above = context.entity().path;
  return {map.find(key), above.empty() ? std::string(key) : fmt::format("{}.{}", above, key)};
}

void for_each_entity(LoadContext& context, const EntityList& list, std::string_view type,
                     const std::function<void(const YamlNode&)>& each) {
  if (list.node == nullptr || list.node->kind == YamlKind::kNull) return;
  if (list.node->kind != YamlKind::kList) {
    const LoadContext::Step step(context, list.path.substr(list.path.rfind('.') + 1));
    context.error(list.node->mark, "expected an array", describe(*list.node));
    return;
  }
  for (size_t i = 0; i < list.node->items.size(); ++i) {
    const YamlNode& item = *list.node->items[i];
    const LoadContext::Scope scope(context, name_entity(type, item, fmt::format("{}[{}]", list.path, i)));
    if (item.kind == YamlKind::kMap) {
      each(item);
    } else {
      context.error(item.mark, "expected a record", describe(item));
    }
  }
}

}  // namespace sluice::config
