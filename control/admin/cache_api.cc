#include "admin/cache_api.h"

#include <algorithm>

namespace sluice::control {

namespace {

using nlohmann::json;

// Of Kong's format of what it keeps.
constexpr int kVersion = 1;

json to_json(const KeptAnswer& answer) {
  json headers = json::object();
  for (const auto& [name, value] : answer.headers) {
    json& field = headers[name];
    if (field.is_null()) {
      field = value;
    } else if (field.is_array()) {
      field.push_back(value);
    } else {
      field = json::array({field, value});
    }
  }
  return {{"status", answer.status},      {"headers", std::move(headers)},
          {"body", answer.body},          {"body_len", answer.body.size()},
          {"timestamp", answer.stored_s}, {"ttl", answer.ttl_s},
          {"version", kVersion}};
}

bool has_plugin(const policy::Policy& policy, const std::string& id) {
  return std::ranges::any_of(policy.plugins, [&](const policy::Plugin& plugin) { return plugin.id.to_string() == id; });
}

AdminResponse done(bool was_there) {
  return was_there ? AdminResponse{.status = 204, .content_type = {}, .body = {}, .allow = {}} : not_found();
}

}  // namespace

std::optional<AdminResponse> serve_cache(const AdminRequest& request, const std::vector<std::string>& path,
                                         const policy::Policy& policy, const CacheView& cache) {
  if (path.empty() || path[0] != "proxy-cache") return std::nullopt;
  const bool forgets = request.method == "DELETE";
  if (path.size() == 1) return forgets ? done(cache.forget(std::nullopt)) : method_not_allowed();
  const bool of_plugin = path.size() == 4 && path[2] == "caches";
  if (path.size() != 2 && !of_plugin) return std::nullopt;
  if (!forgets && !request.reads()) return method_not_allowed();
  if (of_plugin && !has_plugin(policy, path[1])) return not_found();
  const std::string& key = path.back();
  if (forgets) return done(cache.forget(key));
  const std::optional<KeptAnswer> answer = cache.find(key);
  return answer ? json_answer(200, to_json(*answer)) : not_found();
}

}  // namespace sluice::control
