// Reason phrases of status codes.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::http {

// The phrase of RFC 9110 15 and its registry; where nginx, and so Kong, says it otherwise ("Not Allowed"), nginx's.
// Empty for a status without one.
std::string_view reason_phrase(uint16_t status);

}  // namespace sluice::http
