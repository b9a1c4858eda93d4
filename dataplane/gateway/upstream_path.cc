#include "gateway/upstream_path.h"

#include "gateway/text.h"

namespace sluice::gateway {
namespace {

// What strip_path leaves. Without a matched path the leading slash goes. A remainder that would begin with a dot
// segment (the prefix "/a" of "/a../b") loses it: no origin must see a path climb.
std::string_view remainder(const PathJoin& join) {
  std::string_view rest = join.request_path.substr(join.matched_length == 0 ? 1 : join.matched_length);
  if (rest == "." || rest == "..") return "";
  if (rest.starts_with("./")) return rest.substr(2);
  if (rest.starts_with("../")) return rest.substr(3);
  return rest;
}

std::string_view without_last_slash(std::string_view path) {
  return path.substr(0, path.size() - 1);
}

// The service's path alone. It ends with a slash where the request's does; a request of "/" alone takes none away.
std::string_view join_nothing(Arena& arena, const PathJoin& join) {
  const std::string_view base = join.service_path;
  const bool request_ends = join.request_path.ends_with('/');
  if (base == "/") return base;
  if (base.ends_with('/')) return request_ends ? base : without_last_slash(base);
  return request_ends && join.request_path.size() > 1 ? concat(arena, {base, "/"}) : base;
}

std::string_view join_stripped(Arena& arena, const PathJoin& join) {
  const std::string_view base = join.service_path;
  const std::string_view rest = remainder(join);
  if (rest.empty()) return join_nothing(arena, join);
  const bool base_ends = base.ends_with('/');
  if (rest.starts_with('/')) return concat(arena, {base_ends ? without_last_slash(base) : base, rest});
  return concat(arena, {base, base_ends ? "" : "/", rest});
}

}  // namespace

std::string_view join_upstream_path(Arena& arena, const PathJoin& join) {
  if (join.strip) return join_stripped(arena, join);
  if (join.service_path == "/") return join.request_path;
  if (join.service_path.ends_with('/')) return concat(arena, {join.service_path, join.request_path.substr(1)});
  return join.request_path == "/" ? join.service_path : concat(arena, {join.service_path, join.request_path});
}

}  // namespace sluice::gateway
