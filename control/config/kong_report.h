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

// A JSON value as Kong prints a Lua table in messages: {services={{host="required field missing"}}}.
std::string lua_text(const Json& value);

// "config.add.headers.1" of "config.add.headers[0]": Kong counts list members from 1 and joins with dots.
std::string kong_field(const std::string& field);

}  // namespace sluice::config
