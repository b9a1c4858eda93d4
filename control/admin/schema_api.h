// /schemas/{entity}, /schemas/plugins/{name} and /schemas/{entity}/validate of Kong's admin API.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "admin/admin_message.h"

namespace sluice::control {

// `path`: the segments of the request's path. None if it is about no schema.
std::optional<AdminResponse> serve_schema(const AdminRequest& request, const std::vector<std::string>& path);

// Why `entity` is none of the kind, as Kong answers (400); none if it is one. REQUIRES: it is an object.
std::optional<AdminResponse> schema_violation(const std::string& plural, const nlohmann::json& entity);

}  // namespace sluice::control
