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
#include "sluice/policy/policy.h"

namespace sluice::config {

struct EntitySession;

class PluginLoader {
 public:
  using Parent = std::variant<std::monostate, policy::Ref<policy::Service>, policy::Ref<policy::Route>,
                              policy::Ref<policy::Consumer>, policy::Ref<policy::ConsumerGroup>>;

  explicit PluginLoader(EntitySession& session) : session_(session) {}

  void collect(EntityList list, Parent parent) { lists_.push_back({std::move(list), parent}); }
  // Loads everything that was collected, in that order.
  void load_collected();

 private:
  struct Collected {
    EntityList list;
    Parent parent;
  };
  // The name; service, route, consumer, consumer group or -1.
  using Scope = std::tuple<std::string, int64_t, int64_t, int64_t, int64_t>;

  void load(const YamlNode& node, const Parent& parent);
  void check_consumer(const YamlNode& node, const Parent& parent, const policy::Plugin& plugin);
  void refuse_scope(const YamlNode& node, const Parent& parent, std::string_view field);
  // False after a complaint, if there is no such plugin.
  bool load_config(const YamlNode& node, policy::Plugin& plugin);
  void check_protocols(const YamlNode& node, policy::Plugin& plugin);
  void place(const YamlNode& node, const Parent& parent, policy::Plugin& plugin);
  // False after a complaint that another plugin has the id.
  bool settle_id(const YamlNode& node, const Parent& parent, policy::Plugin& plugin);
  void check_scope(const YamlNode& node, const policy::Plugin& plugin);

  EntitySession& session_;
  std::vector<Collected> lists_;
  std::map<Scope, policy::Mark> scopes_;
};

}  // namespace sluice::config
