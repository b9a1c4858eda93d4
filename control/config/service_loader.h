// ServiceLoader: services with the shorthand `url`, and routes with the paths of older formats.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "config/entity_session.h"

namespace sluice::config {

class ServiceLoader {
 public:
  explicit ServiceLoader(EntitySession& session) : session_(session) {}

  void load_services(const YamlNode& root);
  // Those that stand in services, then those at top level. REQUIRES: everything that routes refer to is loaded.
  void load_routes(const YamlNode& root);

 private:
  struct NestedRoutes {
    EntityList list;
    policy::Ref<policy::Service> parent;
  };

  void load_service(const YamlNode& node);
  void load_route(const YamlNode& node, std::optional<policy::Ref<policy::Service>> parent);
  // The service's map with what its `url` stands for in place.
  const YamlNode& expand_url(const YamlNode& service);
  // The route's map with its paths as format 3.0 says them.
  const YamlNode& migrate_paths(const YamlNode& route);
  void check_authorities(const policy::Service& service, const YamlNode& node);
  bool check_kind(const YamlNode& node);
  void check_route(const policy::Route& route, const YamlNode& node);

  EntitySession& session_;
  std::vector<NestedRoutes> nested_routes_;
  std::deque<YamlNode> made_;  // nodes that shorthands stand for
};

}  // namespace sluice::config
