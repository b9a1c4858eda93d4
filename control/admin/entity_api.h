// EntityApi: the policy's entities as Kong's admin API shows them without a database: read, never written.
//
// /services, /services/{name or id}, /services/{…}/routes, /services/{…}/routes/{…}, /routes/{…}/service and so on for
// every kind, in pages, by tags; /tags; /upstreams/{…}/health. What can be changed is the health of a target.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/admin_message.h"
#include "config/kong_json.h"
#include "exchange/snapshot.h"
#include "sluice/policy/policy.h"
#include "sluice/resolution.h"
#include "sluice/units.h"

namespace sluice::control {

class EntityApi {
 public:
  // What is shown: a policy, the snapshot compiled of it, when it was loaded and what time it is. `node_id`: of this
  // process.
  struct View {
    const policy::Policy& policy;
    const exchange::Snapshot* snapshot;
    WallTime loaded_at;
    WallTime now;
    std::string node_id;
    const AddressBook& addresses;
    upstream::HealthTable& health;
  };

  explicit EntityApi(View view) : view_(std::move(view)) {}

  // `path`: the segments of the request's path. None if it is about no entities.
  std::optional<AdminResponse> serve(const AdminRequest& request, const std::vector<std::string>& path) const;

  // All paths that it serves, as Kong writes them: "/services/{services}/routes".
  static std::vector<std::string> endpoints();

 private:
  // A list, or one entity of it.
  struct Place {
    std::string_view plural;
    std::string_view field;  // with `parent`: only those whose `field` is that entity
    policy::Uuid parent;
    std::optional<std::string> key;  // name or id of the one
    std::string self;                // the list's own path, for links
  };

  // The entities of a kind that are there now.
  std::unique_ptr<const config::EntityTable> table_of(std::string_view plural) const;
  // None if the path leads nowhere.
  std::optional<Place> find_place(const std::vector<std::string>& path) const;
  std::optional<Place> find_nested(const std::vector<std::string>& path) const;
  AdminResponse collection(const AdminRequest& request, const Place& place) const;
  AdminResponse entity(const AdminRequest& request, const Place& place) const;
  AdminResponse write(const AdminRequest& request, const Place& place) const;
  // As the lists show it: a certificate also names its SNIs.
  nlohmann::json show(const config::EntityTable& table, std::string_view plural, size_t index) const;
  AdminResponse tags(const std::string& tag) const;
  AdminResponse health(const AdminRequest& request, const std::string& upstream) const;
  AdminResponse set_health(const std::vector<std::string>& path) const;

  View view_;
};

}  // namespace sluice::control
