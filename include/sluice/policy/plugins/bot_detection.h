// bot-detection: the User-Agent decides. Kong 3.9.1's fields and defaults.
#pragma once

#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct BotDetectionConfig {
  static constexpr PluginInfo kPlugin{.name = "bot-detection", .priority = 2500};

  std::vector<std::string> allow;
  std::vector<std::string> deny;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("allow", s.allow, {.help = "regexes of agents that pass, whatever else matches", .text = TextKind::kRegex});
    visit("deny", s.deny, {.help = "regexes of agents to refuse beside the known bots", .text = TextKind::kRegex});
  }
};

}  // namespace sluice::policy
