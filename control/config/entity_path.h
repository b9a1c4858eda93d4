// Paths as diagnostics say them, "services[0].routes[1]" and "config.add.headers[0]", taken apart into steps.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/yaml_tree.h"
#include "sluice/policy/field.h"

namespace sluice::config {

// A step from a value to one in it: a key of a map or an index of a list.
using PathStep = std::variant<std::string, size_t>;

// The steps of "services[0].routes[1]".
std::vector<PathStep> steps_of(std::string_view path);

// The node that `path` leads to from `root`; nullptr: it is not there.
const YamlNode* find_node(const YamlNode* root, const std::string& path);

// The paths of the entities that stand at `where`: several where an alias repeats one.
std::vector<std::string> entity_paths(const YamlNode& root, policy::Mark where);

}  // namespace sluice::config
