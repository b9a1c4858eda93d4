#include "config/kong_json.h"

#include <algorithm>

#include "config/entity_kinds.h"

namespace sluice::config {

namespace {

using policy::Certificate;
using policy::Consumer;
using policy::Plugin;
using policy::Policy;
using policy::Route;
using policy::Service;
using policy::Upstream;
using policy::Uuid;

std::string_view text_of(const std::string& text) {
  return text;
}
std::string_view text_of(const std::optional<std::string>& text) {
  return text ? std::string_view(*text) : std::string_view();
}

// What Kong's paths name an entity by (its "endpoint key").
template <typename T>
std::string_view name_of(const T& entity) {
  if constexpr (requires { entity.instance_name; }) {
    return text_of(entity.instance_name);
  } else if constexpr (std::is_same_v<T, policy::Vault>) {
    return entity.prefix;
  } else if constexpr (requires { entity.name; }) {
    return text_of(entity.name);
  } else if constexpr (requires { entity.username; }) {
    return text_of(entity.username);
  } else {
    return {};
  }
}

template <typename T>
bool is(const Policy& policy, const std::optional<policy::Ref<T>>& ref, const Uuid& id) {
  return ref && policy[*ref].id == id;
}

template <typename T>
bool refers(const Policy&, const T&, std::string_view, const Uuid&) {
  return false;
}
bool refers(const Policy& policy, const Route& route, std::string_view field, const Uuid& id) {
  return field == "service" && is(policy, route.service, id);
}
bool refers(const Policy& policy, const Service& service, std::string_view field, const Uuid& id) {
  return field == "client_certificate" && is(policy, service.client_certificate, id);
}
bool refers(const Policy& policy, const Upstream& upstream, std::string_view field, const Uuid& id) {
  return field == "client_certificate" && is(policy, upstream.client_certificate, id);
}
bool refers(const Policy& policy, const Consumer& consumer, std::string_view field, const Uuid& id) {
  return field == "consumer_group" && std::any_of(consumer.groups.begin(), consumer.groups.end(),
                                                  [&](const auto& group) { return policy[group].id == id; });
}
bool refers(const Policy& policy, const Plugin& plugin, std::string_view field, const Uuid& id) {
  return (field == "service" && is(policy, plugin.service, id)) || (field == "route" && is(policy, plugin.route, id)) ||
         (field == "consumer" && is(policy, plugin.consumer, id)) ||
         (field == "consumer_group" && is(policy, plugin.consumer_group, id));
}

constexpr bool has_updated_at(std::string_view plural) {
  return !plural.ends_with("_credentials") && plural != "jwt_secrets" && plural != "acls";
}

template <typename T>
Json print_entity(const Policy& policy, const T& value, PrintStyle style) {
  Json entity = described_json(value, style.secrets, &policy);
  entity["created_at"] = style.loaded_at.seconds();
  if constexpr (std::is_same_v<T, Plugin>) {
    entity["name"] = std::string(value.name());
    entity["config"] = std::visit([&](const auto& c) { return described_json(c, style.secrets); }, value.config);
  }
  return entity;
}

// A kind that lives in a list of the policy's own.
template <typename T>
class OwnTable final : public EntityTable {
 public:
  OwnTable(const Policy& policy, const std::vector<T>& entities, PrintStyle style)
      : policy_(policy), entities_(entities), style_(style) {}

  size_t size() const override { return entities_.size(); }
  const Uuid& id(size_t i) const override { return entities_[i].id; }
  std::string_view name(size_t i) const override { return name_of(entities_[i]); }
  const std::vector<std::string>& tags(size_t i) const override { return entities_[i].tags; }
  bool refers_to(size_t i, std::string_view field, const Uuid& id) const override {
    return refers(policy_, entities_[i], field, id);
  }
  Json print(size_t i) const override {
    Json entity = print_entity(policy_, entities_[i], style_);
    entity["updated_at"] = style_.loaded_at.seconds();
    return entity;
  }

 private:
  const Policy& policy_;
  const std::vector<T>& entities_;
  PrintStyle style_;
};

// A kind that lives in its parents.
template <typename Parent, typename Child>
class ChildTable final : public EntityTable {
 public:
  ChildTable(const Policy& policy, const std::vector<Parent>& parents, PrintStyle style)
      : policy_(policy), style_(style) {
    for (const Parent& parent : parents) {
      for (const Child& child : parent.*K::kChildren) {
        if (!has_ended(child)) rows_.push_back({&parent, &child});
      }
    }
  }

  size_t size() const override { return rows_.size(); }
  const Uuid& id(size_t i) const override { return rows_[i].child->id; }
  std::string_view name(size_t i) const override { return name_of(*rows_[i].child); }
  const std::vector<std::string>& tags(size_t i) const override { return rows_[i].child->tags; }
  bool refers_to(size_t i, std::string_view field, const Uuid& id) const override {
    return field == K::kParent && rows_[i].parent->id == id;
  }
  Json print(size_t i) const override {
    Json entity = print_entity(policy_, *rows_[i].child, style_);
    entity[std::string(K::kParent)] = {{"id", rows_[i].parent->id.to_string()}};
    if constexpr (has_updated_at(K::kPlural)) entity["updated_at"] = style_.loaded_at.seconds();
    if (entity.contains("ttl") && style_.now) {
      entity["ttl"] = number_json(entity["ttl"].get<double>() - static_cast<double>(style_.now->seconds()));
    }
    return entity;
  }

 private:
  using K = Kind<Child>;
  bool has_ended(const Child& child) const {
    if constexpr (requires { child.has_ended(0); }) return style_.now && child.has_ended(style_.now->seconds());
    return false;
  }
  struct Row {
    const Parent* parent;
    const Child* child;
  };
  const Policy& policy_;
  PrintStyle style_;
  std::vector<Row> rows_;
};

}  // namespace

const std::vector<std::string_view>& entity_plurals() {
  static const std::vector<std::string_view> kPlurals = {"vaults",
                                                         "ca_certificates",
                                                         "certificates",
                                                         "snis",
                                                         "services",
                                                         "routes",
                                                         "consumer_groups",
                                                         "consumers",
                                                         "upstreams",
                                                         "plugins",
                                                         "targets",
                                                         "keyauth_credentials",
                                                         "basicauth_credentials",
                                                         "hmacauth_credentials",
                                                         "jwt_secrets",
                                                         "acls"};
  return kPlurals;
}

std::unique_ptr<const EntityTable> entity_table(const Policy& policy, std::string_view plural, PrintStyle style) {
  const auto own = [&]<typename T>(const std::vector<T>& list) -> std::unique_ptr<const EntityTable> {
    return std::make_unique<OwnTable<T>>(policy, list, style);
  };
  const auto children = [&]<typename Parent, typename Child>(
                            const std::vector<Parent>& parents,
                            std::vector<Child> Parent::*) -> std::unique_ptr<const EntityTable> {
    return std::make_unique<ChildTable<Parent, Child>>(policy, parents, style);
  };
  if (plural == "services") return own(policy.services);
  if (plural == "routes") return own(policy.routes);
  if (plural == "consumers") return own(policy.consumers);
  if (plural == "consumer_groups") return own(policy.consumer_groups);
  if (plural == "upstreams") return own(policy.upstreams);
  if (plural == "plugins") return own(policy.plugins);
  if (plural == "certificates") return own(policy.certificates);
  if (plural == "ca_certificates") return own(policy.ca_certificates);
  if (plural == "vaults") return own(policy.vaults);
  if (plural == "snis") return children(policy.certificates, &Certificate::snis);
  if (plural == "targets") return children(policy.upstreams, &Upstream::targets);
  if (plural == "keyauth_credentials") return children(policy.consumers, &Consumer::keyauth_credentials);
  if (plural == "basicauth_credentials") return children(policy.consumers, &Consumer::basicauth_credentials);
  if (plural == "hmacauth_credentials") return children(policy.consumers, &Consumer::hmacauth_credentials);
  if (plural == "jwt_secrets") return children(policy.consumers, &Consumer::jwt_secrets);
  if (plural == "acls") return children(policy.consumers, &Consumer::acls);
  return nullptr;
}

Json kong_entities(const Policy& policy, std::string_view plural, WallTime loaded_at, SecretStyle secrets) {
  const auto table = entity_table(policy, plural, {loaded_at, secrets});
  if (table == nullptr) return nullptr;
  Json out = Json::array();
  for (size_t i = 0; i < table->size(); ++i) out.push_back(table->print(i));
  return out;
}

Json to_kong_json(const Policy& policy, WallTime loaded_at, SecretStyle secrets) {
  Json all = {{"_format_version", "3.0"}, {"_transform", policy.transform}};
  all["edge"] = described_json(policy.edge, secrets);
  for (const std::string_view plural : entity_plurals()) {
    Json entities = kong_entities(policy, plural, loaded_at, secrets);
    if (!entities.empty()) all[std::string(plural)] = std::move(entities);
  }
  return all;
}

}  // namespace sluice::config
