// Cache-Control: adding a directive that is understood is always seen, and nothing makes one that was said unsaid.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/plugins/cache_directives.h"
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
  http::HeaderMap headers(arena);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(headers.add("Cache-Control", text));
  const gateway::CacheDirectives before = gateway::read_cache_control(headers);
  check(headers.add("cache-control", "no-store, max-age=7"));
  const gateway::CacheDirectives after = gateway::read_cache_control(headers);
  check(after.no_store && after.max_age_s == 7u);
  check(after.no_cache == before.no_cache && after.is_private == before.is_private);
  check(after.min_fresh_s == before.min_fresh_s && after.max_stale_s == before.max_stale_s);
  return 0;
}
