// AccessJson: Kong's log object of a request, as the logging plugins write it. For one policy.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>

#include "ship/access_facts.h"
#include "sluice/policy/plugins/log_fields.h"
#include "sluice/units.h"

namespace sluice::control {

class AccessJson {
 public:
  // REQUIRES: `policy` outlives this.
  AccessJson(const policy::Policy& policy, WallTime loaded_at) : policy_(policy), loaded_at_(loaded_at) {}

  using Json = nlohmann::json;

  // REQUIRES: the request ran on the policy.
  Json object(const AccessFacts& facts);

 private:
  using Entities = std::unordered_map<const void*, Json>;

  // Entities are printed once and kept: there are few, and many requests.
  template <typename Entity>
  const Json& entity(const Entity& e);

  const policy::Policy& policy_;
  const WallTime loaded_at_;
  Entities entities_;
};

// Sets in a request's log object what a plugin wants to be in it; dots in a name lead into objects. What stands in the
// way stays.
void set_custom_fields(nlohmann::json& object, const policy::CustomFields& fields, const AccessFacts& facts);

// One line, without its end.
std::string to_line(const nlohmann::json& object);

}  // namespace sluice::control
