// What the edge section must be as a whole: the header schema is kept, names are there once, references lead somewhere.
#pragma once

#include "config/load_context.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

// `node`: the map that policy.edge was loaded from, without a mistake so far.
void check_edge(LoadContext& context, const YamlNode& node, const policy::Policy& policy);

// Reads the files that keys name into the keys. Relative names count from where `file` is; they are
// refused if there is no such file.
void read_key_files(LoadContext& context, const YamlNode& node, const std::string& file, policy::Edge& edge);

}  // namespace sluice::config
