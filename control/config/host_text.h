// Host names and addresses with an optional port, as they stand in a policy. Pure functions over text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sluice/units.h"

namespace sluice::config {

struct HostText {
  enum class Kind : uint8_t { kName, kV4, kV6 };
  Kind kind;
  std::string host;  // without brackets
  std::optional<Port> port;
};

// What Kong's normalize_ip takes: "name", "name:port", "v4", "v4:port", "v6", "[v6]", "[v6]:port". A name is letters,
// digits, '-', '_' and '.', without empty labels (one dot may end it), no label ending in '-'.
// Nothing if it is none of these; then `problem` says why in Kong's words.
std::optional<HostText> parse_host(std::string_view text, std::string& problem);

}  // namespace sluice::config
