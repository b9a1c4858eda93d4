// Paths and queries: a path that passes the check normalises to one that is normal, and escapes to one that passes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/url.h"
#include "support/test_worker.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  static test::TestWorker worker;
  Arena arena(worker.blocks);
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  size_t arguments = 0;
  for (http::QueryReader reader(text); reader.next();) ++arguments;
  check(arguments <= size / 2 + 1);
  const std::string_view encoded = http::percent_encode(arena, text);
  check(http::percent_decode(arena, encoded) == text);

  // A NUL as such has been refused with the target's other control bytes.
  const std::string path = "/" + std::string(text.substr(0, text.find('\0')));
  if (http::check_path(path) != http::PathFault::kGood) return 0;
  const std::string_view normal = http::normalise_path(arena, path);
  check(normal.starts_with('/') && normal.size() <= path.size());
  for (std::string_view part : {"//", "/./", "/../"}) check(normal.find(part) == std::string_view::npos);
  check(!normal.ends_with("/.") && !normal.ends_with("/.."));
  const std::string_view sent = http::escape_path(arena, normal);
  check(http::check_path(sent) == http::PathFault::kGood);
  check(http::normalise_path(arena, sent) == normal);
  return 0;
}
