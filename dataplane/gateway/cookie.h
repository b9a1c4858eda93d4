// One cookie of a request.
#pragma once

#include <optional>
#include <string_view>

#include "http/header_map.h"

namespace sluice::gateway {

// The value of the first cookie of this name; nothing when there is none or it is empty. As nginx reads them below
// Kong: names compare without regard to case, a comma begins a new cookie too, a value ends at ';' alone.
std::optional<std::string_view> find_cookie(const http::HeaderMap& headers, std::string_view name);

}  // namespace sluice::gateway
