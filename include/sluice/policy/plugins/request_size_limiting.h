// request-size-limiting: a longer body is refused. Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

enum class SizeUnit : uint8_t { kMegabytes, kKilobytes, kBytes };
constexpr std::array<std::string_view, 3> names_of(SizeUnit) {
  return {"megabytes", "kilobytes", "bytes"};
}

struct RequestSizeLimitingConfig {
  static constexpr PluginInfo kPlugin{.name = "request-size-limiting", .priority = 951};

  int64_t allowed_payload_size = 128;  // below 0: not even an empty body, as in Kong
  SizeUnit size_unit = SizeUnit::kMegabytes;
  bool require_content_length = false;

  // -1: nothing passes.
  int64_t limit_bytes() const {
    constexpr std::array<int64_t, 3> kBytesPerUnit = {1048576, 1024, 1};
    const int64_t unit = kBytesPerUnit[static_cast<size_t>(size_unit)];
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    if (allowed_payload_size < 0) return -1;
    return allowed_payload_size > kMost / unit ? kMost : allowed_payload_size * unit;
  }

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("allowed_payload_size", s.allowed_payload_size, {.help = "the longest body, in size_unit"});
    visit("size_unit", s.size_unit,
          {.help = "megabytes of 1048576 bytes, kilobytes of 1024, or bytes", .not_null = true});
    visit("require_content_length", s.require_content_length,
          {.help = "refuse a request that does not tell its length", .not_null = true});
  }
};

}  // namespace sluice::policy
