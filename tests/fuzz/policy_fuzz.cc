// Policy and node files from strangers: loading ends, in bounds, and says its mistakes in single lines; a policy that
// loads prints to one that loads again to the same fingerprint.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/kong_json.h"
#include "config/node_loader.h"
#include "config/policy_loader.h"

namespace {

using sluice::config::Diagnostics;

constexpr sluice::WallTime kLoadedAt{1'700'000'000'000'000'000};

void require(bool holds) {
  if (!holds) std::abort();
}

void check_lines(const Diagnostics& diagnostics) {
  for (const auto& error : diagnostics.errors()) {
    require(sluice::config::to_line("p", error).find('\n') == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_lines(sluice::config::load_node(text).diagnostics);
  const auto loaded = sluice::config::load_policy(text, "fuzz");
  check_lines(loaded.diagnostics);
  require(loaded.policy.has_value() == loaded.diagnostics.ok());
  if (!loaded.policy) return 0;
  const auto again =
      sluice::config::load_policy(sluice::config::to_kong_json(*loaded.policy, kLoadedAt).dump(), "fuzz");
  require(again.policy.has_value() && again.policy->fingerprint == loaded.policy->fingerprint);
  return 0;
}
