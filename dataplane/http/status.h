// What a status code says by itself: its reason phrase, and whether an answer can have a body.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::http {

// The phrase of RFC 9110 15 and its registry; where nginx, and so Kong, says it otherwise ("Not Allowed"), nginx's.
// Empty for a status without one.
std::string_view reason_phrase(uint16_t status);

// An answer of this status never has a body, whatever was asked (RFC 9110 6.4.1).
constexpr bool is_bodiless(uint16_t status) {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace sluice::http
