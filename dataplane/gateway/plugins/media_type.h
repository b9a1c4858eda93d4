// Media types (RFC 9110 8.3.1) compared as Kong's proxy-cache compares them.
#pragma once

#include <string_view>

namespace sluice::gateway {

// Whether `type` is what `pattern` names: type and subtype in any case ("*" in the pattern stands for each), and the
// same parameters with the same values in any order. False where either is no media type.
bool matches_media_type(std::string_view pattern, std::string_view type);

}  // namespace sluice::gateway
