#include "admin/plugin_list.h"

#include <set>
#include <utility>
#include <variant>

namespace sluice::control {

namespace {

using nlohmann::json;
using policy::PluginConfig;

template <size_t... I>
json available(const std::string& version, std::index_sequence<I...>) {
  json all = json::object();
  const auto add = [&](const policy::PluginInfo& info) {
    all[std::string(info.name)] = {{"version", version}, {"priority", info.priority}};
  };
  (add(std::variant_alternative_t<I, PluginConfig>::kPlugin), ...);
  return all;
}

}  // namespace

json plugin_list(const policy::Policy& policy, const std::string& version) {
  json enabled = json::array();
  std::set<std::string_view> seen;
  for (const policy::Plugin& plugin : policy.plugins) {
    if (seen.insert(plugin.name()).second) enabled.push_back(std::string(plugin.name()));
  }
  return {{"available_on_server", available(version, std::make_index_sequence<std::variant_size_v<PluginConfig>>())},
          {"enabled_in_cluster", std::move(enabled)}};
}

}  // namespace sluice::control
