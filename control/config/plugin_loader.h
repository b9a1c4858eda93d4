// PluginLoader: the plugins of a policy, each with the configuration of its type.
//
// Lists are collected while their parents are loaded and are loaded themselves at the end, when every service, route
// and consumer has its place. One plugin of a name in one scope; another is a mistake.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "config/entity_list.h"
#include "config/load_context.h"
#include "config/uniqueness.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

class PluginLoader {
 public:
  using Parent = std::variant<std::monostate, policy::Ref<policy::Service>, policy::Ref<policy::Route>,
                              policy::Ref<policy::Consumer>>;

  PluginLoader(LoadContext& context, Uniqueness& unique, policy::Policy& policy)
      : context_(context), unique_(unique), policy_(policy) {}

  void collect(EntityList list, Parent parent) { lists_.push_back({std::move(list), parent}); }
  // Loads everything that was collected, in that order.
  void load_collected();

 private:
  struct Collected {
    EntityList list;
    Parent parent;
  };
  using Scope = std::tuple<std::string, int64_t, int64_t, int64_t>;  // name; service, route, consumer or -1

  void load(const YamlNode& node, const Parent& parent);
  // False after a complaint, if there is no such plugin.
  bool load_config(const YamlNode& node, policy::Plugin& plugin);
  void refuse_unknown(const YamlNode& name);
  void check_protocols(const YamlNode& node, policy::Plugin& plugin);
  void place(const YamlNode& node, const Parent& parent, policy::Plugin& plugin);
  void settle_id(const YamlNode& node, policy::Plugin& plugin);
  void check_scope(const YamlNode& node, const policy::Plugin& plugin);

  LoadContext& context_;
  Uniqueness& unique_;
  policy::Policy& policy_;
  std::vector<Collected> lists_;
  std::map<Scope, policy::Mark> scopes_;
};

}  // namespace sluice::config
