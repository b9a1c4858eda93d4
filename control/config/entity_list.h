// EntityList: a list of entities in the file, at top level or nested in another entity.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/field_loader.h"
#include "config/load_context.h"

namespace sluice::config {

struct EntityList {
  const YamlNode* node = nullptr;  // nullptr: not there
  std::string path;                // "services[0].routes"
};

// The list under `key` of `map`, which is the present entity (or the file).
EntityList entity_list(const LoadContext& context, const YamlNode& map, std::string_view key);

// Calls `each` for every item, with diagnostics about that entity. Complains about what is not a list of maps.
void for_each_entity(LoadContext& context, const EntityList& list, std::string_view type,
                     const std::function<void(const YamlNode&)>& each);

// What every entity may have beside its own fields, as exports have it. It says nothing to Sluice.
inline constexpr std::string_view kTimestamps[] = {"created_at", "updated_at"};

}  // namespace sluice::config
