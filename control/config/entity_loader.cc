#include "config/entity_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/path_text.h"
#include "config/regex_text.h"
#include "config/service_url.h"

namespace sluice::config {

namespace {

using policy::AclGroup;
using policy::BasicauthCredential;
using policy::Consumer;
using policy::HmacauthCredential;
using policy::JwtSecret;
using policy::KeyauthCredential;
using policy::Route;
using policy::Service;
using policy::Target;
using policy::Upstream;

// What the file calls each kind, and what makes an entity of it the one that it is.
template <typename T>
struct Kind;

template <>
struct Kind<Service> {
  static constexpr std::string_view kPlural = "services";
};
template <>
struct Kind<Route> {
  static constexpr std::string_view kPlural = "routes";
};
template <>
struct Kind<Upstream> {
  static constexpr std::string_view kPlural = "upstreams";
};
template <>
struct Kind<Consumer> {
  static constexpr std::string_view kPlural = "consumers";
};

// A kind that belongs to a parent: its list there, and Kong's key for its id, if Kong has a stable one.
template <>
struct Kind<KeyauthCredential> {
  static constexpr std::string_view kPlural = "keyauth_credentials";
  static constexpr std::string_view kType = "keyauth_credential";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &Consumer::keyauth_credentials;
  static std::optional<std::string> id_key(const KeyauthCredential&, const Consumer&) { return std::nullopt; }
  static void claim(Uniqueness& unique, policy::Mark mark, const KeyauthCredential& c) {
    unique.claim(mark, kPlural, "key", c.key.reveal(), true);
  }
};
template <>
struct Kind<BasicauthCredential> {
  static constexpr std::string_view kPlural = "basicauth_credentials";
  static constexpr std::string_view kType = "basicauth_credential";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &Consumer::basicauth_credentials;
  static std::optional<std::string> id_key(const BasicauthCredential& c, const Consumer&) {
    return "basicauth_credentials:*:" + c.username;
  }
  static void claim(Uniqueness& unique, policy::Mark mark, const BasicauthCredential& c) {
    unique.claim(mark, kPlural, "username", c.username);
  }
};
template <>
struct Kind<HmacauthCredential> {
  static constexpr std::string_view kPlural = "hmacauth_credentials";
  static constexpr std::string_view kType = "hmacauth_credential";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &Consumer::hmacauth_credentials;
  static std::optional<std::string> id_key(const HmacauthCredential& c, const Consumer&) {
    return "hmacauth_credentials:*:" + c.username;
  }
  static void claim(Uniqueness& unique, policy::Mark mark, const HmacauthCredential& c) {
    unique.claim(mark, kPlural, "username", c.username);
  }
};
template <>
struct Kind<JwtSecret> {
  static constexpr std::string_view kPlural = "jwt_secrets";
  static constexpr std::string_view kType = "jwt_secret";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &Consumer::jwt_secrets;
  static std::optional<std::string> id_key(const JwtSecret&, const Consumer&) { return std::nullopt; }
  static void claim(Uniqueness& unique, policy::Mark mark, const JwtSecret& c) {
    unique.claim(mark, kPlural, "key", c.key);
  }
};
template <>
struct Kind<AclGroup> {
  static constexpr std::string_view kPlural = "acls";
  static constexpr std::string_view kType = "acl";
  static constexpr std::string_view kParent = "consumer";
  static constexpr auto kChildren = &Consumer::acls;
  static std::optional<std::string> id_key(const AclGroup& g, const Consumer& parent) {
    return fmt::format("acls:*:{}:{}", parent.id.to_string(), g.group);
  }
  static void claim(Uniqueness&, policy::Mark, const AclGroup&) {}
};
template <>
struct Kind<Target> {
  static constexpr std::string_view kPlural = "targets";
  static constexpr std::string_view kType = "target";
  static constexpr std::string_view kParent = "upstream";
  static constexpr auto kChildren = &Upstream::targets;
  static std::optional<std::string> id_key(const Target& t, const Upstream& parent) {
    return fmt::format("targets:*:{}:{}", parent.id.to_string(), t.target.text());
  }
  static void claim(Uniqueness&, policy::Mark, const Target&) {}
};

}  // namespace

void EntityLoader::load(const YamlNode& root) {
  const auto top_level = [&](std::string_view key) { return entity_list(context_, root, key); };
  for_each_entity(context_, top_level("services"), "service", [&](const YamlNode& node) { load_service(node); });
  for_each_entity(context_, top_level("upstreams"), "upstream", [&](const YamlNode& node) { load_upstream(node); });
  for_each_entity(context_, top_level("consumers"), "consumer", [&](const YamlNode& node) { load_consumer(node); });
  load_top_level(root);
  for (const NestedRoutes& nested : nested_routes_) {
    for_each_entity(context_, nested.list, "route", [&](const YamlNode& node) { load_route(node, nested.parent); });
  }
  for_each_entity(context_, top_level("routes"), "route",
                  [&](const YamlNode& node) { load_route(node, std::nullopt); });
  plugins_.collect(top_level("plugins"), {});
  plugins_.load_collected();
}

template <typename T>
void EntityLoader::settle_id(T& entity, const YamlNode& node, const std::optional<std::string>& key,
                             const policy::Uuid& parent) {
  if (entity.id.is_nil()) {
    entity.id =
        key ? kong_id(Kind<T>::kPlural, *key)
            : content_ids_.make(Kind<T>::kPlural, parent, described_json(entity, SecretStyle::kKeyedHash, &policy_));
  }
  unique_.claim_id(node.mark, Kind<T>::kPlural, entity.id);
}

void EntityLoader::load_service(const YamlNode& node) {
  static constexpr std::string_view kAlso[] = {"url", "routes", "plugins", "created_at", "updated_at"};
  Service service;
  load_record(context_, expand_url(node), service, kAlso);
  service.where = node.mark;
  const policy::Ref<Service> ref{static_cast<uint32_t>(policy_.services.size())};
  const bool named_twice = service.name && !references_.services.add_name(*service.name, ref);
  if (service.name) unique_.claim(node.mark, "services", "name", *service.name);
  // A second entity of a name gets the same id; one complaint is enough.
  if (!named_twice) settle_id(service, node, service.name, {});
  references_.services.add_id(service.id, ref);
  nested_routes_.push_back({entity_list(context_, node, "routes"), ref});
  plugins_.collect(entity_list(context_, node, "plugins"), ref);
  policy_.services.push_back(std::move(service));
}

const YamlNode& EntityLoader::expand_url(const YamlNode& service) {
  const YamlNode* url = service.find("url");
  if (url == nullptr || url->kind == YamlKind::kNull) return service;
  const LoadContext::Step step(context_, "url");
  const auto parsed = url->kind == YamlKind::kString ? parse_service_url(url->text) : std::nullopt;
  if (!parsed) {
    context_.error(url->mark, "expected a URL, such as http://host:port/path", describe(*url));
    return service;
  }
  if (parsed->has_more) {
    context_.warn(url->mark, "user information, query and fragment of a service's url are not used");
  }
  YamlNode expanded = service;
  const auto set = [&](std::string_view key, YamlKind kind, const std::string& text) {
    std::erase_if(expanded.entries, [&](const YamlNode::Entry& e) {
      if (e.key == key && e.value->text != text) context_.warn(e.mark, fmt::format("'{}' is given by 'url'", key));
      return e.key == key;
    });
    made_.push_back({.kind = kind, .mark = url->mark, .text = text});
    expanded.entries.push_back({std::string(key), url->mark, &made_.back()});
  };
  set("protocol", YamlKind::kString, parsed->protocol);
  set("host", YamlKind::kString, parsed->host);
  set("port", YamlKind::kNumber, parsed->port);
  if (parsed->path) set("path", YamlKind::kString, *parsed->path);
  return made_.emplace_back(std::move(expanded));
}

void EntityLoader::load_route(const YamlNode& node, std::optional<policy::Ref<Service>> parent) {
  static constexpr std::string_view kAlso[] = {"plugins", "created_at", "updated_at"};
  Route route;
  const YamlNode& current = migrate_paths(node);
  load_record(context_, current, route, kAlso);
  route.where = node.mark;
  if (parent) {
    if (node.find("service") != nullptr) {
      const LoadContext::Step step(context_, "service");
      context_.error(node.find("service")->mark, "unknown field: the route stands in its service");
    }
    route.service = parent;
  }
  check_route(route, node);
  const policy::Ref<Route> ref{static_cast<uint32_t>(policy_.routes.size())};
  const bool named_twice = route.name && !references_.routes.add_name(*route.name, ref);
  if (route.name) unique_.claim(node.mark, "routes", "name", *route.name);
  const policy::Uuid parent_id = route.service ? policy_[*route.service].id : policy::Uuid();
  if (!named_twice) settle_id(route, node, route.name, parent_id);
  references_.routes.add_id(route.id, ref);
  plugins_.collect(entity_list(context_, node, "plugins"), ref);
  policy_.routes.push_back(std::move(route));
}

const YamlNode& EntityLoader::migrate_paths(const YamlNode& route) {
  const YamlNode* paths = route.find("paths");
  if (policy_.format_version == policy::FormatVersion::k3_0 || paths == nullptr) return route;
  YamlNode list = *paths;
  for (const YamlNode*& item : list.items) {
    if (item->kind != YamlKind::kString) continue;
    YamlNode path = *item;
    path.text = migrate_route_path(item->text);
    item = &made_.emplace_back(std::move(path));
  }
  const YamlNode& migrated_list = made_.emplace_back(std::move(list));
  YamlNode migrated = route;
  for (YamlNode::Entry& entry : migrated.entries) {
    if (entry.key == "paths") entry.value = &migrated_list;
  }
  return made_.emplace_back(std::move(migrated));
}

// What needs a regex engine.
void EntityLoader::check_route(const Route& route, const YamlNode& node) {
  for (const policy::NamedValues& header : route.headers) {
    if (header.values.size() != 1 || !header.values[0].starts_with("~*")) continue;
    const std::string problem = check_regex(std::string_view(header.values[0]).substr(2));
    const LoadContext::Step step(context_, fmt::format("headers.{}", header.name));
    if (!problem.empty()) context_.error(node.find("headers")->mark, fmt::format("invalid regex: {}", problem));
  }
}

void EntityLoader::load_upstream(const YamlNode& node) {
  static constexpr std::string_view kAlso[] = {"targets", "created_at", "updated_at"};
  Upstream upstream;
  load_record(context_, node, upstream, kAlso);
  const policy::Ref<Upstream> ref{static_cast<uint32_t>(policy_.upstreams.size())};
  const bool named = !upstream.name.empty();
  const bool named_twice = named && !references_.upstreams.add_name(upstream.name, ref);
  if (named) unique_.claim(node.mark, "upstreams", "name", upstream.name);
  if (!named_twice) settle_id(upstream, node, upstream.name, {});
  references_.upstreams.add_id(upstream.id, ref);
  load_nested(node, upstream);
  policy_.upstreams.push_back(std::move(upstream));
}

void EntityLoader::load_consumer(const YamlNode& node) {
  static constexpr std::string_view kAlso[] = {"keyauth_credentials",
                                               "basicauth_credentials",
                                               "hmacauth_credentials",
                                               "jwt_secrets",
                                               "acls",
                                               "plugins",
                                               "created_at",
                                               "updated_at"};
  Consumer consumer;
  load_record(context_, node, consumer, kAlso);
  const policy::Ref<Consumer> ref{static_cast<uint32_t>(policy_.consumers.size())};
  const bool named_twice = consumer.username && !references_.consumers.add_name(*consumer.username, ref);
  if (consumer.username) unique_.claim(node.mark, "consumers", "username", *consumer.username);
  if (consumer.custom_id) unique_.claim(node.mark, "consumers", "custom_id", *consumer.custom_id);
  if (!named_twice) settle_id(consumer, node, consumer.username, {});
  references_.consumers.add_id(consumer.id, ref);
  load_nested(node, consumer);
  plugins_.collect(entity_list(context_, node, "plugins"), ref);
  policy_.consumers.push_back(std::move(consumer));
}

template <typename Child, typename Parent>
void EntityLoader::load_child(const YamlNode& node, Parent* parent, std::span<const std::string_view> also) {
  Child child;
  load_record(context_, node, child, also);
  Kind<Child>::claim(unique_, node.mark, child);
  if (parent == nullptr) return;
  settle_id(child, node, Kind<Child>::id_key(child, *parent), parent->id);
  (parent->*Kind<Child>::kChildren).push_back(std::move(child));
}

template <typename Child, typename Parent>
void EntityLoader::load_nested_list(const YamlNode& node, Parent& parent) {
  for_each_entity(context_, entity_list(context_, node, Kind<Child>::kPlural), Kind<Child>::kType,
                  [&](const YamlNode& child) { load_child<Child>(child, &parent, kTimestamps); });
}

void EntityLoader::load_nested(const YamlNode& node, Consumer& consumer) {
  load_nested_list<KeyauthCredential>(node, consumer);
  load_nested_list<BasicauthCredential>(node, consumer);
  load_nested_list<HmacauthCredential>(node, consumer);
  load_nested_list<JwtSecret>(node, consumer);
  load_nested_list<AclGroup>(node, consumer);
}

void EntityLoader::load_nested(const YamlNode& node, Upstream& upstream) {
  load_nested_list<Target>(node, upstream);
}

template <typename Child, typename Parent>
void EntityLoader::load_top_level_list(const YamlNode& root, std::vector<Parent>& parents) {
  static constexpr std::string_view kAlso[] = {Kind<Child>::kParent, "created_at", "updated_at"};
  for_each_entity(context_, entity_list(context_, root, Kind<Child>::kPlural), Kind<Child>::kType,
                  [&](const YamlNode& node) {
                    std::optional<policy::Ref<Parent>> parent;
                    RecordLoader loader(context_, node);
                    loader(Kind<Child>::kParent, parent, {.required = true});
                    load_child<Child>(node, parent ? &parents[parent->index] : nullptr, kAlso);
                  });
}

void EntityLoader::load_top_level(const YamlNode& root) {
  load_top_level_list<KeyauthCredential>(root, policy_.consumers);
  load_top_level_list<BasicauthCredential>(root, policy_.consumers);
  load_top_level_list<HmacauthCredential>(root, policy_.consumers);
  load_top_level_list<JwtSecret>(root, policy_.consumers);
  load_top_level_list<AclGroup>(root, policy_.consumers);
  load_top_level_list<Target>(root, policy_.upstreams);
}

}  // namespace sluice::config
