#include "gateway/route_variant.h"

#include <openssl/sha.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace sluice::gateway {
namespace {

// A UUIDv5 (RFC 9562 5.5) in Kong's own namespace for the parts of a split route, so that ties fall as they do there.
policy::Uuid part_id(const policy::Uuid& route, size_t number) {
  constexpr auto kNamespace = *policy::Uuid::parse("7f145bf9-0dce-4f91-98eb-debbce4b9f6b");
  const std::string name = route.to_string() + "#" + std::to_string(number);
  std::string input(reinterpret_cast<const char*>(kNamespace.bytes().data()), kNamespace.bytes().size());
  input += name;
  std::array<uint8_t, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data());
  std::array<uint8_t, 16> bytes;
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x50);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  return policy::Uuid(bytes);
}

bool is_regex(std::string_view path) {
  return path.starts_with('~');
}

struct PathGroup {
  PathKind kind;
  std::vector<std::string_view> paths;
};

// The paths of a route by kind and length, in the order in which each first appears.
std::vector<PathGroup> group_paths(const policy::Route& route) {
  std::vector<PathGroup> groups;
  std::map<size_t, size_t> group_of;  // length of a prefix, 0 for regexes -> place in groups
  for (const std::string& path : route.paths) {
    const auto [group, added] = group_of.try_emplace(is_regex(path) ? 0 : path.size(), groups.size());
    if (added) groups.push_back({is_regex(path) ? PathKind::kRegex : PathKind::kPrefix, {}});
    groups[group->second].paths.push_back(std::string_view(path).substr(is_regex(path) ? 1 : 0));
  }
  return groups;
}

RoutePriority priority_of(const RouteVariant& variant) {
  const policy::Route& route = *variant.route;
  const auto is_plain = [](const std::string& host) { return host.find('*') == std::string::npos; };
  PriorityFields fields;
  fields.categories = uint32_t{!route.methods.empty()} + uint32_t{!route.hosts.empty()} +
                      uint32_t{!route.headers.empty()} + uint32_t{!route.snis.empty()} + uint32_t{!route.paths.empty()};
  fields.plain_hosts_only = !route.hosts.empty() && std::all_of(route.hosts.begin(), route.hosts.end(), is_plain);
  fields.headers = static_cast<uint32_t>(route.headers.size());
  fields.regex = variant.path_kind == PathKind::kRegex;
  fields.regex_priority = route.regex_priority;
  fields.path_length = variant.path_kind == PathKind::kPrefix ? variant.paths.front().size() : 0;
  return make_priority(fields);
}

void add_variants(const RouteVariant& whole, std::vector<RouteVariant>& variants) {
  const std::vector<PathGroup> groups = group_paths(*whole.route);
  for (size_t i = 0; i < groups.size(); ++i) {
    RouteVariant& part = variants.emplace_back(whole);
    part.path_kind = groups[i].kind;
    part.paths = groups[i].paths;
    if (groups.size() > 1) part.id = part_id(whole.route->id, i + 1);
  }
  if (groups.empty()) variants.push_back(whole);
}

}  // namespace

std::vector<RouteVariant> make_route_variants(const policy::Policy& policy) {
  std::vector<RouteVariant> variants;
  for (uint32_t i = 0; i < policy.routes.size(); ++i) {
    const policy::Route& route = policy.routes[i];
    const policy::Service* service = route.service ? &policy[*route.service] : nullptr;
    const bool serves_http = std::any_of(route.protocols.begin(), route.protocols.end(), policy::is_http);
    if (!serves_http || (service != nullptr && !service->enabled)) continue;
    RouteVariant whole;
    whole.route = &route;
    whole.service = service;
    whole.route_index = i;
    whole.id = route.id;
    add_variants(whole, variants);
  }
  for (RouteVariant& variant : variants) variant.priority = priority_of(variant);
  const auto before = [](const RouteVariant& a, const RouteVariant& b) {
    return std::tie(a.priority, a.id) > std::tie(b.priority, b.id);
  };
  std::stable_sort(variants.begin(), variants.end(), before);
  return variants;
}

}  // namespace sluice::gateway
