// Paths that the policy writes, in the form that requests' paths are compared in. Control side.
#pragma once

#include <string>
#include <string_view>

#include "edge/compile_error.h"

namespace sluice::edge {

// `path` normalised as the paths of requests are. field: where it stands in the rule, for the complaint when it is
// none.
std::string normalised(std::string_view path, std::string_view field, Complainer& complainer);

}  // namespace sluice::edge
