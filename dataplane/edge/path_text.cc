#include "edge/path_text.h"

#include "base/arena.h"
#include "http/url.h"

namespace sluice::edge {

std::string normalised(std::string_view path, std::string_view field, Complainer& complainer) {
  BlockPool pool(BlockPool::kLargest);
  Arena arena(pool);
  const bool is_path = path.starts_with('/') && path.size() <= Arena::kLargestAllocation &&
                       path.find_first_of("?#") == std::string_view::npos &&
                       http::check_path(path) == http::PathFault::kGood;
  if (is_path) return std::string(http::normalise_path(arena, path));
  complainer.field(field, "'" + std::string(path) + "' is no path");
  return {};
}

}  // namespace sluice::edge
