// EntityLoader: Kong's entities from the map of a policy file into a Policy, kind by kind: first what others refer to.
//
// Entities stand nested in their parent or at top level with a reference; both ways end in the same place. Ids are
// filled in, ids and names are checked to be unique. One loader for each file; the tree outlives it.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/entity_ids.h"
#include "config/entity_list.h"
#include "config/field_loader.h"
#include "config/load_context.h"
#include "config/plugin_loader.h"
#include "config/uniqueness.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

class EntityLoader {
 public:
  EntityLoader(LoadContext& context, References& references, policy::Policy& policy)
      : context_(context),
        references_(references),
        policy_(policy),
        unique_(context),
        plugins_(context, unique_, policy) {}

  void load(const YamlNode& root);

 private:
  struct NestedRoutes {
    EntityList list;
    policy::Ref<policy::Service> parent;
  };

  void load_service(const YamlNode& node);
  void load_route(const YamlNode& node, std::optional<policy::Ref<policy::Service>> parent);
  void check_route(const policy::Route& route, const YamlNode& node);
  void load_upstream(const YamlNode& node);
  void load_consumer(const YamlNode& node);
  // Credentials of a consumer or targets of an upstream: nested in `node`, or at top level with a reference.
  void load_nested(const YamlNode& node, policy::Consumer& consumer);
  void load_nested(const YamlNode& node, policy::Upstream& upstream);
  template <typename Child, typename Parent>
  void load_nested_list(const YamlNode& node, Parent& parent);
  void load_top_level(const YamlNode& root);
  template <typename Child, typename Parent>
  void load_top_level_list(const YamlNode& root, std::vector<Parent>& parents);
  // `parent` is nullptr where the reference was wrong: then only the child's mistakes are said.
  template <typename Child, typename Parent>
  void load_child(const YamlNode& node, Parent* parent, std::span<const std::string_view> also);

  // The route's map with its paths as format 3.0 says them.
  const YamlNode& migrate_paths(const YamlNode& route);
  // The service's map with what its `url` stands for in place.
  const YamlNode& expand_url(const YamlNode& service);
  // Where the entity has no id: Kong's by `key`, or one by content where there is no key. Then claims it.
  template <typename T>
  void settle_id(T& entity, const YamlNode& node, const std::optional<std::string>& key, const policy::Uuid& parent);

  LoadContext& context_;
  References& references_;
  policy::Policy& policy_;
  Uniqueness unique_;
  PluginLoader plugins_;
  ContentIds content_ids_;
  std::vector<NestedRoutes> nested_routes_;
  std::deque<YamlNode> made_;  // nodes that shorthands stand for
};

}  // namespace sluice::config
