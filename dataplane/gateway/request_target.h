// Parts of a request's target (RFC 9112 section 3.2).
#pragma once

#include <string_view>

namespace sluice::gateway {

// Path and query of a target as it was sent, in origin-form or absolute-form. "/" where it has neither.
inline std::string_view path_and_query(std::string_view target) {
  if (target.starts_with('/')) return target;
  const size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return target;
  const size_t path = target.find('/', scheme_end + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace sluice::gateway
