// EntityList: a list of entities in the file, at top level or nested in another entity.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/field_loader.h"
#include "config/load_context.h"

namespace sluice::config {

struct EntityList {
  const YamlNode* node = nullptr;  // nullptr: not there
  std::string path;                // "services[0].routes"
};

// The list under `key` of `map`, which is the present entity (or the file).
EntityList entity_list(const LoadContext& context, const YamlNode& map, std::string_view key);

// Calls `each` for every item, with diagnostics about that entity, but for those that are left out. Complains about
// what is not a list of maps.
void for_each_entity(LoadContext& context, const EntityList& list, std::string_view type,
                     const std::function<void(const YamlNode&)>& each);

// `keys` and what every entity may have beside its own fields: the timestamps that exports have, and Kong's _comment
// and _ignore. They say nothing to Sluice.
std::vector<std::string_view> with_common_keys(std::initializer_list<std::string_view> keys);

// Complains about such a key whose value is of the wrong type.
void check_common_keys(LoadContext& context, const YamlNode& entity);

}  // namespace sluice::config
