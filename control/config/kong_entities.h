// An entity with mistakes as Kong's `flattened_errors` tells it: who it is, and what the file says of it.
#pragma once

#include "config/described_json.h"
#include "config/diagnostic.h"
#include "config/yaml_tree.h"

namespace sluice::config {

// {entity_type, entity_name, entity_id, entity_tags, entity, errors: []}, as far as the file tells.
// root: of the file.
Json describe_entity(const YamlNode* root, const EntityName& name);

}  // namespace sluice::config
