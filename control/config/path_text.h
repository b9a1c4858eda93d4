// Paths as they stand in a policy, in Kong's reading. Pure functions over text.
#pragma once

#include <string>
#include <string_view>

namespace sluice::config {

// The form that plain route paths must have: percent-encodings of all but reserved characters decoded, the others
// upper-cased, dot segments removed (RFC 3986 5.2.4), slashes merged.
std::string normalise_path(std::string_view path);

// The first invalid percent-encoding of `path` with up to two characters after its '%'; empty if there is none.
std::string_view invalid_percent(std::string_view path);

// What a route path of format 1.1 or 2.1 is in 3.0: one of plain characters alone is a prefix and is normalised; any
// other was a regex, gets a "~" and its percent-encodings decoded once (escaped where they mean something to a regex).
std::string migrate_route_path(std::string_view path);

}  // namespace sluice::config
