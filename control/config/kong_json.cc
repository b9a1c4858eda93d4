#include "config/kong_json.h"

namespace sluice::config {

namespace {

using policy::Policy;

class Printer {
 public:
  Printer(const Policy& policy, WallTime loaded_at, SecretStyle secrets)
      : policy_(policy), seconds_(loaded_at.seconds()), secrets_(secrets) {}

  template <typename T>
  Json list(const std::vector<T>& entities) const {
    Json out = Json::array();
    for (const T& entity : entities) out.push_back(print(entity));
    return out;
  }

  // What belongs to consumers or upstreams, with a reference to the parent under `field`.
  template <typename Parent, typename Child>
  Json children(const std::vector<Parent>& parents, std::vector<Child> Parent::* member, const char* field) const {
    Json out = Json::array();
    for (const Parent& parent : parents) {
      for (const Child& child : parent.*member) {
        Json entity = described_json(child, secrets_, &policy_);
        entity[field] = {{"id", parent.id.to_string()}};
        entity["created_at"] = seconds_;
        if constexpr (std::is_same_v<Child, policy::Target>) entity["updated_at"] = seconds_;
        out.push_back(std::move(entity));
      }
    }
    return out;
  }

 private:
  template <typename T>
  Json print(const T& value) const {
    Json entity = described_json(value, secrets_, &policy_);
    entity["created_at"] = seconds_;
    entity["updated_at"] = seconds_;
    if constexpr (std::is_same_v<T, policy::Plugin>) {
      entity["name"] = std::string(value.name());
      entity["config"] = std::visit([&](const auto& c) { return described_json(c, secrets_); }, value.config);
    }
    return entity;
  }

  const Policy& policy_;
  int64_t seconds_;
  SecretStyle secrets_;
};

constexpr std::string_view kPlurals[] = {"services",
                                         "routes",
                                         "consumers",
                                         "upstreams",
                                         "plugins",
                                         "targets",
                                         "keyauth_credentials",
                                         "basicauth_credentials",
                                         "hmacauth_credentials",
                                         "jwt_secrets",
                                         "acls"};

}  // namespace

Json kong_entities(const Policy& policy, std::string_view plural, WallTime loaded_at, SecretStyle secrets) {
  using policy::Consumer;
  const Printer printer(policy, loaded_at, secrets);
  const auto of_consumers = [&](auto member) { return printer.children(policy.consumers, member, "consumer"); };
  if (plural == "services") return printer.list(policy.services);
  if (plural == "routes") return printer.list(policy.routes);
  if (plural == "consumers") return printer.list(policy.consumers);
  if (plural == "upstreams") return printer.list(policy.upstreams);
  if (plural == "plugins") return printer.list(policy.plugins);
  if (plural == "targets") return printer.children(policy.upstreams, &policy::Upstream::targets, "upstream");
  if (plural == "keyauth_credentials") return of_consumers(&Consumer::keyauth_credentials);
  if (plural == "basicauth_credentials") return of_consumers(&Consumer::basicauth_credentials);
  if (plural == "hmacauth_credentials") return of_consumers(&Consumer::hmacauth_credentials);
  if (plural == "jwt_secrets") return of_consumers(&Consumer::jwt_secrets);
  if (plural == "acls") return of_consumers(&Consumer::acls);
  return nullptr;
}

Json to_kong_json(const Policy& policy, WallTime loaded_at, SecretStyle secrets) {
  Json all = {{"_format_version", "3.0"}, {"_transform", policy.transform}};
  all["edge"] = described_json(policy.edge, secrets);
  for (const std::string_view plural : kPlurals) {
    Json entities = kong_entities(policy, plural, loaded_at, secrets);
    if (!entities.empty()) all[std::string(plural)] = std::move(entities);
  }
  return all;
}

}  // namespace sluice::config
