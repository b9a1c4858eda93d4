#include "config/service_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/path_text.h"
#include "config/protocol_advice.h"
#include "config/regex_text.h"
#include "config/service_url.h"
#include "config/yaml_scalar.h"

namespace sluice::config {

using policy::Route;
using policy::Service;

namespace {

// `field`: the one that says it, if the entity has it.
void warn_about(LoadContext& context, const YamlNode& node, std::string_view field,
                std::optional<std::string> warning) {
  if (!warning) return;
  const YamlNode* const says = node.find(field);
  context.warn(says == nullptr ? node.mark : says->mark, *std::move(warning));
}

}  // namespace

void ServiceLoader::load_services(const YamlNode& root) {
  for_each_entity(session_.context, entity_list(session_.context, root, "services"), "service",
                  [&](const YamlNode& node) { load_service(node); });
}

void ServiceLoader::load_routes(const YamlNode& root) {
  for (const NestedRoutes& nested : nested_routes_) {
    for_each_entity(session_.context, nested.list, "route",
                    [&](const YamlNode& node) { load_route(node, nested.parent); });
  }
  for_each_entity(session_.context, entity_list(session_.context, root, "routes"), "route",
                  [&](const YamlNode& node) { load_route(node, std::nullopt); });
}

void ServiceLoader::load_service(const YamlNode& node) {
  static const std::vector<std::string_view> kAlso = with_common_keys({"url", "routes", "plugins"});
  Service service;
  load_record(session_.context, expand_url(node), service, kAlso);
  check_common_keys(session_.context, node);
  check_authorities(service, node);
  warn_about(session_.context, node, "protocol", protocol_warning(service));
  service.where = node.mark;
  const policy::Ref<Service> ref{static_cast<uint32_t>(session_.policy.services.size())};
  session_.settle_named(service, node, "name", service.name, {}, ref, session_.references.services);
  nested_routes_.push_back({entity_list(session_.context, node, "routes"), ref});
  session_.plugins.collect(entity_list(session_.context, node, "plugins"), ref);
  session_.policy.services.push_back(std::move(service));
}

const YamlNode& ServiceLoader::expand_url(const YamlNode& service) {
  LoadContext& context = session_.context;
  const YamlNode* url = service.find("url");
  if (url == nullptr || url->kind == YamlKind::kNull) return service;
  const LoadContext::Step step(context, "url");
  if (url->kind != YamlKind::kString) {
    context.error(url->mark, "expected a string", describe(*url));
    return service;
  }
  const ServiceUrl parsed = parse_service_url(url->text);
  if (parsed.has_more) {
    context.warn(url->mark, "user information, query and fragment of a service's url are not used");
  }
  YamlNode expanded = service;
  const auto set = [&](std::string_view key, YamlKind kind, const std::string& text) {
    std::erase_if(expanded.entries, [&](const YamlNode::Entry& e) {
      if (e.key == key && e.value->text != text) context.warn(e.mark, fmt::format("'{}' is given by 'url'", key));
      return e.key == key;
    });
    made_.push_back({.kind = kind, .mark = url->mark, .text = text});
    expanded.entries.push_back({std::string(key), url->mark, &made_.back()});
  };
  set("protocol", YamlKind::kString, parsed.protocol);
  set("host", parsed.host.empty() ? YamlKind::kNull : YamlKind::kString, parsed.host);
  set("port", to_number(parsed.port) ? YamlKind::kNumber : YamlKind::kString, parsed.port);
  if (parsed.path) set("path", YamlKind::kString, *parsed.path);
  return made_.emplace_back(std::move(expanded));
}

void ServiceLoader::check_authorities(const Service& service, const YamlNode& node) {
  const YamlNode* list = node.find("ca_certificates");
  for (size_t i = 0; list != nullptr && i < std::min(service.ca_certificates.size(), list->items.size()); ++i) {
    if (session_.references.ca_certificates.contains(service.ca_certificates[i])) continue;
    const LoadContext::Step field(session_.context, "ca_certificates");
    const LoadContext::Step element(session_.context, i);
    session_.context.error(list->items[i]->mark, fmt::format("the CA certificate object '{}' does not exist",
                                                             service.ca_certificates[i].to_string()));
  }
}

void ServiceLoader::load_route(const YamlNode& node, std::optional<policy::Ref<Service>> parent) {
  static const std::vector<std::string_view> kAlso = with_common_keys({"plugins"});
  if (!check_kind(node)) return;
  Route route;
  load_record(session_.context, migrate_paths(node), route, kAlso);
  check_common_keys(session_.context, node);
  route.where = node.mark;
  if (parent) {
    refuse_parent(session_.context, node, "service", route.service && route.service != parent);
    route.service = parent;
  }
  check_route(route, node);
  warn_about(session_.context, node, "protocols", protocol_warning(route));
  const policy::Ref<Route> ref{static_cast<uint32_t>(session_.policy.routes.size())};
  const policy::Uuid parent_id = route.service ? session_.policy[*route.service].id : policy::Uuid();
  session_.settle_named(route, node, "name", route.name, {"service", parent_id}, ref, session_.references.routes);
  session_.plugins.collect(entity_list(session_.context, node, "plugins"), ref);
  session_.policy.routes.push_back(std::move(route));
}

const YamlNode& ServiceLoader::migrate_paths(const YamlNode& route) {
  const YamlNode* paths = route.find("paths");
  if (session_.policy.format_version == policy::FormatVersion::k3_0 || paths == nullptr) return route;
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

// Which fields a route may have depends on its protocols: where it names none that there is, Kong says that alone.
bool ServiceLoader::check_kind(const YamlNode& node) {
  const YamlNode* protocols = node.find("protocols");
  if (protocols == nullptr || (protocols->kind != YamlKind::kList && protocols->kind != YamlKind::kMap)) return true;
  constexpr auto kNames = names_of(policy::Protocol{});
  const auto known = [&](const YamlNode* item) {
    return item->kind == YamlKind::kString && std::ranges::find(kNames, item->text) != kNames.end();
  };
  const auto& items = protocols->items;
  if (std::ranges::any_of(items, known) || items.size() > 1) return true;
  const bool null = !items.empty() && items[0]->kind == YamlKind::kNull;
  const LoadContext::Step step(session_.context, "protocols");
  session_.context.error(protocols->mark, fmt::format("unknown type: {}", items.empty() ? "nil"
                                                                          : null        ? "userdata: NULL"
                                                                                        : items[0]->text));
  return false;
}

// What needs a regex engine, or the file itself.
void ServiceLoader::check_route(const Route& route, const YamlNode& node) {
  for (const policy::NamedValues& header : route.headers) {
    if (header.values.size() != 1 || !header.values[0].starts_with("~*")) continue;
    const std::string problem = check_regex(std::string_view(header.values[0]).substr(2));
    const LoadContext::Step step(session_.context, "headers");
    if (!problem.empty()) {
      session_.context.error(node.find("headers")->mark, fmt::format("invalid regex: {}", problem), {},
                             fmt::format("of '{}'", header.name));
    }
  }
  const bool tells_snis = route.speaks(policy::Protocol::kHttps) || route.speaks(policy::Protocol::kGrpcs);
  const bool snis_alone = route.methods.empty() && route.hosts.empty() && route.headers.empty() && route.paths.empty();
  if (!route.snis.empty() && snis_alone && route.speaks(policy::Protocol::kHttp) && !tells_snis) {
    session_.context.entity_error(node.mark,
                                  "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'");
  }
  const YamlNode* strip = node.find("strip_path");
  if (route.is_grpc() && strip != nullptr && strip->kind == YamlKind::kBool && to_bool(strip->text)) {
    const LoadContext::Step step(session_.context, "strip_path");
    session_.context.error(strip->mark, "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'");
  }
}

}  // namespace sluice::config
