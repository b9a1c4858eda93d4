// The mistakes of a policy as Kong's `fields` tells them: a tree of the shape of the file with a message at each place,
// and an entity's own under "@entity". What cannot be placed beside what was said before is left out, as Kong does.
#pragma once

#include <string>

#include "config/described_json.h"
#include "config/diagnostic.h"
#include "config/yaml_tree.h"

namespace sluice::config {

// Puts a mistake into `fields`. `root`: of the file; nullptr if it is no YAML.
void add_error(Json& fields, const Diagnostic& mistake, const YamlNode* root);

// "config.add.headers.1" of "config.add.headers[0]": Kong counts list members from 1 and joins with dots.
std::string kong_field(const std::string& field);

}  // namespace sluice::config
