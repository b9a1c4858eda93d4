// KongReport: a refused policy as Kong's POST /config tells it. Made beside the loading, of its diagnostics and its
// text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/described_json.h"
#include "config/diagnostic.h"
#include "config/yaml_tree.h"

namespace sluice::config {

struct KongReport {
  // Every mistake where it stands: {"services": [{"host": "required field missing"}]}, lists filled up with null.
  Json fields = Json::object();
  // The same of what is about no entity.
  Json file_fields = Json::object();
  // An object an entity: entity_type, entity_name, entity_id, entity_tags, entity (as the file has it), errors.
  Json flattened_errors = Json::object();  // an empty one is an object, as Kong's JSON library writes an empty table
};

// `text`: what the diagnostics are about.
KongReport kong_report(const std::vector<Diagnostic>& errors, std::string_view text);

}  // namespace sluice::config
