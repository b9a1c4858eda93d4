// load_node: node.yaml into a Node, or every reason why not. Called once, at start, and by `sluice --check`.
#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostic.h"
#include "sluice/policy/node.h"

namespace sluice::config {

struct LoadedNode {
  std::optional<policy::Node> node;  // there if and only if diagnostics.ok()
  Diagnostics diagnostics;
};

LoadedNode load_node(std::string_view text);

}  // namespace sluice::config
