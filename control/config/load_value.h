// One value of the policy from one node: the overloads that the field loader picks by type.
//
// Each returns whether `out` was set; if not, it has said why to the context and left `out` as it was. A string that is
// of the wrong kind is complained about and set all the same, so that no second complaint says it is missing.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/load_context.h"
#include "config/yaml_tree.h"
#include "sluice/ip_address.h"
#include "sluice/policy/field.h"
#include "sluice/policy/node_ports.h"
#include "sluice/policy/secret.h"
#include "sluice/policy/upstream.h"
#include "sluice/policy/uuid.h"
#include "sluice/units.h"

namespace sluice::config {

using policy::FieldInfo;

bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, bool& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, double& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, std::string& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::Secret& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::Uuid& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, Port& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, Duration& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, IpAddress& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, Cidr& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::InterfaceAddress& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::MacAddress& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::HostPort& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, policy::ColonPair& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info,
                std::vector<policy::NamedValue>& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info,
                std::vector<policy::NamedValues>& out);
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info,
                std::vector<policy::NamedSecret>& out);

// A whole number within [low, high] and within what `info` allows; `info.unit` may let it be a size ("64KiB").
bool load_integer(LoadContext& context, const YamlNode& node, const FieldInfo& info, std::pair<int64_t, int64_t> limits,
                  int64_t& out);

template <typename T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, T& out) {
  constexpr int64_t kLow = std::is_signed_v<T> ? static_cast<int64_t>(std::numeric_limits<T>::min()) : 0;
  constexpr int64_t kHigh =
      sizeof(T) == 8 ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(std::numeric_limits<T>::max());
  int64_t number = 0;
  if (!load_integer(context, node, info, {kLow, kHigh}, number)) return false;
  out = static_cast<T>(number);
  return true;
}

// An empty list and an empty map look alike to Kong, and to whoever exports one: either stands for both.
inline bool stands_for_list(const YamlNode& node) {
  return node.kind == YamlKind::kList || (node.kind == YamlKind::kMap && node.entries.empty());
}
inline bool stands_for_map(const YamlNode& node) {
  return node.kind == YamlKind::kMap || (node.kind == YamlKind::kList && node.items.empty());
}

inline bool stands_for_nothing(const YamlNode& node) {
  return node.items.empty() && node.entries.empty() && node.kind != YamlKind::kString;
}

// Complains if an element of a list is null.
bool is_given(LoadContext& context, const YamlNode& element);

// Calls `load` for each entry of a map whose keys the user chooses, `info.text` being their kind. As in Kong, of a map
// the first mistake alone is said.
void for_each_entry(LoadContext& context, const YamlNode& map, const FieldInfo& info,
                    const std::function<void(const YamlNode::Entry&)>& load);

// The place of `node`'s text among `names`; -1 after a complaint in the words of `info`.
int load_name_index(LoadContext& context, const YamlNode& node, const FieldInfo& info,
                    std::span<const std::string_view> names);

template <policy::NamedEnum E>
bool load_value(LoadContext& context, const YamlNode& node, const FieldInfo& info, E& out) {
  static constexpr auto kNames = names_of(E{});
  const int index = load_name_index(context, node, info, kNames);
  if (index < 0) return false;
  out = static_cast<E>(index);
  return true;
}

}  // namespace sluice::config
