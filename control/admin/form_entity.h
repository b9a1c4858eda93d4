// The fields of a form as the entity that Kong's admin API makes of them (kong/api/arguments.lua and
// arguments_decoder.lua of Kong 3.9.1).
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace sluice::control {

// name=x&tags[]=a&tags[]=b&healthchecks.active.timeout=2&headers[X-A]=b is
// {"name": "x", "tags": ["a", "b"], "healthchecks": {"active": {"timeout": 2}}, "headers": {"X-A": "b"}}.
// `form`: application/x-www-form-urlencoded. `fields`: of the entity's schema, which say what is a number, a boolean or
// a list; a field that is not there stays text. An empty value is null.
nlohmann::json form_entity(std::string_view form, const nlohmann::json& fields);

}  // namespace sluice::control
