// References: which entity a name or an id stands for, while a policy is being loaded.
//
// Filled kind by kind before anything that refers to the kind is loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "config/vault_table.h"
#include "sluice/policy/plugin.h"
#include "sluice/policy/upstream.h"

namespace sluice::config {

// One kind's names and ids. Keys are names as written and ids as lower-case text; a name goes first, as in Kong.
template <typename T>
class NameTable {
 public:
  static std::string_view plural();  // the kind in Kong's messages: "services"

  // False if the name is taken.
  bool add_name(std::string_view name, policy::Ref<T> ref) { return names_.try_emplace(std::string(name), ref).second; }
  // False if the id is taken.
  bool add_id(const policy::Uuid& id, policy::Ref<T> ref) { return ids_.try_emplace(id, ref).second; }

  std::optional<policy::Ref<T>> find(const std::string& name_or_id) const {
    if (const auto named = names_.find(name_or_id); named != names_.end()) return named->second;
    return find_id(name_or_id);
  }
  std::optional<policy::Ref<T>> find_id(std::string_view text) const {
    const auto id = policy::Uuid::parse(text);
    const auto found = id ? ids_.find(*id) : ids_.end();
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::unordered_map<std::string, policy::Ref<T>> names_;
  std::unordered_map<policy::Uuid, policy::Ref<T>> ids_;
};

template <>
inline std::string_view NameTable<policy::Service>::plural() {
  return "services";
}
template <>
inline std::string_view NameTable<policy::Route>::plural() {
  return "routes";
}
template <>
inline std::string_view NameTable<policy::Consumer>::plural() {
  return "consumers";
}
template <>
inline std::string_view NameTable<policy::Upstream>::plural() {
  return "upstreams";
}

template <>
inline std::string_view NameTable<policy::ConsumerGroup>::plural() {
  return "consumer_groups";
}
template <>
inline std::string_view NameTable<policy::Certificate>::plural() {
  return "certificates";
}

struct References {
  NameTable<policy::Service> services;
  NameTable<policy::Route> routes;
  NameTable<policy::Consumer> consumers;
  NameTable<policy::Upstream> upstreams;
  NameTable<policy::ConsumerGroup> consumer_groups;
  NameTable<policy::Certificate> certificates;
  std::unordered_set<policy::Uuid> ca_certificates;
  VaultTable vaults;

  const auto& of(policy::Ref<policy::Service>) const { return services; }
  const auto& of(policy::Ref<policy::Route>) const { return routes; }
  const auto& of(policy::Ref<policy::Consumer>) const { return consumers; }
  const auto& of(policy::Ref<policy::Upstream>) const { return upstreams; }
  const auto& of(policy::Ref<policy::ConsumerGroup>) const { return consumer_groups; }
  const auto& of(policy::Ref<policy::Certificate>) const { return certificates; }
};

}  // namespace sluice::config
