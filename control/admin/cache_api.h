// What proxy-cache keeps, as Kong's admin API shows and forgets it: /proxy-cache, /proxy-cache/{key},
// /proxy-cache/{plugin id}/caches/{key}. Of keys strangers know nothing: they are digests.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "admin/admin_message.h"
#include "sluice/kept_answer.h"
#include "sluice/policy/policy.h"

namespace sluice::control {

// The workers' store, as main.cc lends it.
struct CacheView {
  std::function<std::optional<KeptAnswer>(const std::string& key)> find;
  // The answer of this key, or all (nothing). False: there is none.
  std::function<bool(const std::optional<std::string>& key)> forget;
};

// None if the path is not one of these. `path`: its segments.
std::optional<AdminResponse> serve_cache(const AdminRequest& request, const std::vector<std::string>& path,
                                         const policy::Policy& policy, const CacheView& cache);

}  // namespace sluice::control
