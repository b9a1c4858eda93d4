#include "admin/entity_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "admin/entity_write.h"
#include "admin/paging.h"
#include "admin/upstream_health.h"
#include "config/lua_text.h"
#include "exchange/inquiry.h"

namespace sluice::control {

namespace {

using nlohmann::json;

// What Kong's paths call each kind at top level.
struct Collection {
  std::string_view path;
  std::string_view plural;
};
constexpr Collection kCollections[] = {{"services", "services"},
                                       {"routes", "routes"},
                                       {"consumers", "consumers"},
                                       {"consumer_groups", "consumer_groups"},
                                       {"plugins", "plugins"},
                                       {"upstreams", "upstreams"},
                                       {"certificates", "certificates"},
                                       {"snis", "snis"},
                                       {"ca_certificates", "ca_certificates"},
                                       {"vaults", "vaults"},
                                       {"targets", "targets"},
                                       {"key-auths", "keyauth_credentials"},
                                       {"basic-auths", "basicauth_credentials"},
                                       {"hmac-auths", "hmacauth_credentials"},
                                       {"jwts", "jwt_secrets"},
                                       {"acls", "acls"}};

// What stands under an entity: either the entities that refer to it by `field`, or the one that it refers to.
struct Nested {
  std::string_view parent;
  std::string_view path;
  std::string_view plural;
  std::string_view field;
  bool refers = false;  // the parent's own `field` is the entity
};
constexpr Nested kNested[] = {{"services", "routes", "routes", "service"},
                              {"services", "plugins", "plugins", "service"},
                              {"services", "client_certificate", "certificates", "client_certificate", true},
                              {"routes", "plugins", "plugins", "route"},
                              {"routes", "service", "services", "service", true},
                              {"consumers", "plugins", "plugins", "consumer"},
                              {"consumers", "key-auth", "keyauth_credentials", "consumer"},
                              {"consumers", "basic-auth", "basicauth_credentials", "consumer"},
                              {"consumers", "hmac-auth", "hmacauth_credentials", "consumer"},
                              {"consumers", "jwt", "jwt_secrets", "consumer"},
                              {"consumers", "acls", "acls", "consumer"},
                              {"consumer_groups", "plugins", "plugins", "consumer_group"},
                              {"consumer_groups", "consumers", "consumers", "consumer_group"},
                              {"upstreams", "targets", "targets", "upstream"},
                              {"certificates", "snis", "snis", "certificate"},
                              {"certificates", "services", "services", "client_certificate"},
                              {"certificates", "upstreams", "upstreams", "client_certificate"},
                              {"plugins", "service", "services", "service", true},
                              {"plugins", "route", "routes", "route", true},
                              {"plugins", "consumer", "consumers", "consumer", true},
                              {"snis", "certificate", "certificates", "certificate", true},
                              {"keyauth_credentials", "consumer", "consumers", "consumer", true},
                              {"basicauth_credentials", "consumer", "consumers", "consumer", true},
                              {"hmacauth_credentials", "consumer", "consumers", "consumer", true},
                              {"jwt_secrets", "consumer", "consumers", "consumer", true},
                              {"acls", "consumer", "consumers", "consumer", true}};

std::string_view plural_of(std::string_view path) {
  const auto found = std::ranges::find(kCollections, path, &Collection::path);
  return found == std::end(kCollections) ? std::string_view() : found->plural;
}

std::optional<size_t> find(const config::EntityTable& table, const std::string& name_or_id) {
  const auto id = policy::Uuid::parse(name_or_id);
  for (size_t i = 0; i < table.size(); ++i) {
    if (table.name(i) == name_or_id || (id && table.id(i) == *id)) return i;
  }
  return std::nullopt;
}

// Kong's refusal of a write: nothing can be changed but the whole.
AdminResponse refuse_write(const AdminRequest& request, std::string_view plural,
                           const std::optional<std::string>& key) {
  const char* verb = request.method == "POST"     ? "create"
                     : request.method == "PATCH"  ? "update"
                     : request.method == "DELETE" ? "remove"
                                                  : "create or update";
  const bool by_name = key && !policy::Uuid::parse(*key);
  const std::string by = by_name ? fmt::format(" by '{}'", naming_field(plural)) : std::string();
  return json_answer(
      405, {{"code", 12},
            {"name", "operation unsupported"},
            {"message", fmt::format("cannot {} '{}' entities{} when not using a database", verb, plural, by)}});
}

// Kong's answer to a change of an entity that is not there.
AdminResponse not_there(std::string_view plural, const std::string& key) {
  const bool by_id = policy::Uuid::parse(key).has_value();
  const json fields = {{by_id ? "id" : std::string(naming_field(plural)), key}};
  return json_answer(404, {{"code", 6},
                           {"name", "not found"},
                           {"message", fmt::format("could not find the entity with {}'{}'", by_id ? "primary key " : "",
                                                   config::lua_text(fields))},
                           {"fields", fields}});
}

// A kind of Kong's of which there are none here.
AdminResponse allowed(bool one) {
  return {.status = 204,
          .content_type = {},
          .body = {},
          .allow = one ? "DELETE, GET, HEAD, OPTIONS, PATCH, PUT" : "GET, HEAD, OPTIONS, POST"};
}

AdminResponse serve_none(const AdminRequest& request, const std::vector<std::string>& path) {
  if (path.size() > 2) return not_found();
  if (request.method == "OPTIONS") return allowed(path.size() == 2);
  if (request.reads())
    return path.size() == 1 ? json_answer(200, {{"data", json::array()}, {"next", nullptr}}) : not_found();
  const auto key = path.size() == 2 ? std::optional(path[1]) : std::nullopt;
  if ((request.method == "POST") == key.has_value()) return method_not_allowed();
  return refuse_write(request, path[0] == "keys" ? "keys" : "key_sets", key);
}

// None: the upstream has no such target. `key`: its id, or host and port.
const policy::Target* find_target(const policy::Upstream& upstream, const std::string& key) {
  const auto id = policy::Uuid::parse(key);
  const auto found = std::ranges::find_if(upstream.targets, [&](const policy::Target& target) {
    return id ? target.id == *id : target.target.text() == key;
  });
  return found == upstream.targets.end() ? nullptr : &*found;
}

const policy::Upstream* find_upstream(const policy::Policy& policy, const std::string& key) {
  const auto found = std::ranges::find_if(policy.upstreams, [&](const policy::Upstream& upstream) {
    return upstream.name == key || upstream.id.to_string() == key;
  });
  return found == policy.upstreams.end() ? nullptr : &*found;
}

}  // namespace

std::optional<AdminResponse> EntityApi::serve(const AdminRequest& request, const std::vector<std::string>& path) const {
  if (path.empty()) return std::nullopt;
  if (path[0] == "tags" && path.size() <= 2) {
    return request.reads() ? tags(path.size() == 2 ? path[1] : std::string()) : method_not_allowed();
  }
  if (path[0] == "keys" || path[0] == "key-sets") return serve_none(request, path);
  if (plural_of(path[0]).empty()) return std::nullopt;
  if (path[0] == "upstreams" && path.size() == 3 && path[2] == "health") {
    return request.reads() ? health(request, path[1]) : method_not_allowed();
  }
  if (path[0] == "upstreams" && path.size() == 5 && path[2] == "targets" &&
      (path[4] == "healthy" || path[4] == "unhealthy")) {
    return request.method == "PUT" ? set_health(path) : method_not_allowed();
  }
  const auto place = find_place(path);
  if (!place) return not_found();
  if (request.method == "OPTIONS") return allowed(place->key.has_value());
  if (!request.reads()) return write(request, *place);
  return place->key ? entity(request, *place) : collection(request, *place);
}

std::optional<EntityApi::Place> EntityApi::find_place(const std::vector<std::string>& path) const {
  const std::string_view plural = plural_of(path[0]);
  if (path.size() == 1) return Place{.plural = plural, .field = {}, .parent = {}, .key = {}, .self = "/" + path[0]};
  if (path.size() == 2) return Place{.plural = plural, .field = {}, .parent = {}, .key = path[1], .self = {}};
  return path.size() <= 4 ? find_nested(path) : std::nullopt;
}

std::optional<EntityApi::Place> EntityApi::find_nested(const std::vector<std::string>& path) const {
  const std::string_view parent_plural = plural_of(path[0]);
  const auto nested =
      std::ranges::find_if(kNested, [&](const Nested& n) { return n.parent == parent_plural && n.path == path[2]; });
  if (nested == std::end(kNested) || (nested->refers && path.size() == 4)) return std::nullopt;
  const auto parents = table_of(parent_plural);
  const auto parent = find(*parents, path[1]);
  if (!parent) return std::nullopt;
  if (nested->refers) {
    const auto table = table_of(nested->plural);
    for (size_t i = 0; i < table->size(); ++i) {
      if (!parents->refers_to(*parent, nested->field, table->id(i))) continue;
      return Place{.plural = nested->plural, .field = {}, .parent = {}, .key = table->id(i).to_string(), .self = {}};
    }
    return std::nullopt;
  }
  Place place{.plural = nested->plural,
              .field = nested->field,
              .parent = parents->id(*parent),
              .key = {},
              .self = fmt::format("/{}/{}/{}", path[0], path[1], path[2])};
  if (path.size() < 4 || (path[2] == "targets" && path[3] == "all")) return place;
  place.key = path[3];
  if (path[2] != "targets") return place;
  // Their names are those of one upstream alone.
  const policy::Upstream* upstream = find_upstream(view_.policy, path[1]);
  const policy::Target* target = upstream == nullptr ? nullptr : find_target(*upstream, path[3]);
  if (target == nullptr) return std::nullopt;
  place.key = target->id.to_string();
  return place;
}

std::unique_ptr<const config::EntityTable> EntityApi::table_of(std::string_view plural) const {
  return config::entity_table(view_.policy, plural, {.loaded_at = view_.loaded_at, .now = view_.now});
}

AdminResponse EntityApi::collection(const AdminRequest& request, const Place& place) const {
  const auto page = read_page(request, place.plural);
  if (!page.error.empty()) return json_answer(400, page.error);
  const auto table = table_of(place.plural);
  const auto asked = asked_tags(request);
  json data = json::array();
  json next = nullptr;
  std::string offset;
  bool begun = page.from.is_nil();
  for (size_t i = 0; i < table->size(); ++i) {
    begun = begun || table->id(i) == page.from;
    if (!begun || (asked && !asked->hold_for(table->tags(i)))) continue;
    if (!place.field.empty() && !table->refers_to(i, place.field, place.parent)) continue;
    if (data.size() == page.size) {
      offset = offset_text(place.plural, table->id(i));
      next = next_link(request, place.self, offset);
      break;
    }
    data.push_back(show(*table, place.plural, i));
  }
  json body = {{"data", std::move(data)}, {"next", next}};
  if (!offset.empty()) body["offset"] = offset;
  return json_answer(200, body);
}

// Lists take POST, entities the other methods; what is sent is looked at before it is refused.
AdminResponse EntityApi::write(const AdminRequest& request, const Place& place) const {
  const bool creates = request.method == "POST";
  if (creates == place.key.has_value() || (!creates && !place.key)) return method_not_allowed();
  const bool nested = !place.field.empty();
  EntityWrite entity{.plural = place.plural, .parent_field = place.field, .parent = place.parent, .key = place.key};
  if (request.method == "PATCH" || request.method == "DELETE") {
    const auto table = table_of(place.plural);
    const auto found = find(*table, *place.key);
    const bool there = found && (!nested || table->refers_to(*found, place.field, place.parent));
    if (!there && nested) return not_found();
    if (!there && request.method == "PATCH") return not_there(place.plural, *place.key);
    if (!there) return {.status = 204, .content_type = {}, .body = {}, .allow = {}};
    if (request.method == "PATCH") entity.present = table->print(*found);
  }
  if (request.method != "DELETE") {
    if (auto refusal = refuse_entity(request, entity)) return *std::move(refusal);
  }
  return refuse_write(request, place.plural, place.key);
}

AdminResponse EntityApi::entity(const AdminRequest& request, const Place& place) const {
  const auto table = table_of(place.plural);
  const auto found = find(*table, *place.key);
  if (!found || (!place.field.empty() && !table->refers_to(*found, place.field, place.parent))) return not_found();
  json shown = show(*table, place.plural, *found);
  if (place.plural == "consumer_groups") {
    // Kong Enterprise shows one group with its members.
    const bool without_members = request.argument("list_consumers") == "false";
    if (without_members) return json_answer(200, {{"consumer_group", std::move(shown)}});
    const auto consumers = table_of("consumers");
    json members = json::array();
    for (size_t i = 0; i < consumers->size(); ++i) {
      if (consumers->refers_to(i, "consumer_group", table->id(*found))) members.push_back(consumers->print(i));
    }
    shown = {{"consumer_group", std::move(shown)}, {"consumers", std::move(members)}, {"plugins", json::array()}};
  }
  return json_answer(200, shown);
}

json EntityApi::show(const config::EntityTable& table, std::string_view plural, size_t index) const {
  json entity = table.print(index);
  if (plural != "certificates") return entity;
  entity["snis"] = json::array();
  for (const policy::Sni& sni : view_.policy.certificates[index].snis) entity["snis"].push_back(sni.name);
  return entity;
}

AdminResponse EntityApi::tags(const std::string& tag) const {
  json data = json::array();
  for (const std::string_view plural : config::entity_plurals()) {
    const auto table = table_of(plural);
    for (size_t i = 0; i < table->size(); ++i) {
      for (const std::string& own : table->tags(i)) {
        if (!tag.empty() && own != tag) continue;
        data.push_back({{"entity_name", std::string(plural)}, {"entity_id", table->id(i).to_string()}, {"tag", own}});
      }
    }
  }
  return json_answer(200, {{"data", std::move(data)}, {"next", nullptr}});
}

AdminResponse EntityApi::health(const AdminRequest& request, const std::string& upstream) const {
  for (const exchange::UpstreamHealth& health : exchange::health_of_upstreams(*view_.snapshot)) {
    if (health.upstream->name != upstream && health.upstream->id.to_string() != upstream) continue;
    const bool as_a_whole = request.argument("balancer_health") == "1";
    json body =
        as_a_whole ? balancer_json(health, view_.addresses) : to_kong_json(health, view_.addresses, view_.loaded_at);
    body["node_id"] = view_.node_id;
    return json_answer(200, body);
  }
  return not_found();
}

AdminResponse EntityApi::set_health(const std::vector<std::string>& path) const {
  const policy::Upstream* upstream = find_upstream(view_.policy, path[1]);
  const policy::Target* target = upstream == nullptr ? nullptr : find_target(*upstream, path[3]);
  if (target == nullptr) return not_found();
  if (!exchange::set_health(*view_.snapshot, view_.health, *target, path[4] == "healthy")) {
    return json_answer(400, {{"message", "no healthchecker found for " + upstream->name}});
  }
  return {.status = 204, .content_type = {}, .body = {}, .allow = {}};
}

std::vector<std::string> EntityApi::endpoints() {
  std::vector<std::string> all = {"/tags",
                                  "/tags/{tags}",
                                  "/keys",
                                  "/key-sets",
                                  "/upstreams/{upstreams}/health",
                                  "/upstreams/{upstreams}/targets/all",
                                  "/upstreams/{upstreams}/targets/{targets}/healthy",
                                  "/upstreams/{upstreams}/targets/{targets}/unhealthy"};
  for (const Collection& c : kCollections) {
    const std::string one = fmt::format("/{}/{{{}}}", c.path, c.plural);
    all.push_back(fmt::format("/{}", c.path));
    all.push_back(one);
    for (const Nested& n : kNested) {
      if (n.parent != c.plural) continue;
      all.push_back(fmt::format("{}/{}", one, n.path));
      if (!n.refers) all.push_back(fmt::format("{}/{}/{{{}}}", one, n.path, n.plural));
    }
  }
  return all;
}

}  // namespace sluice::control
