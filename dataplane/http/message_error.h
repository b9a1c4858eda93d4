// MessageError: why a message was refused, and what a client is answered for it.
#pragma once

#include <cstdint>

#include "sluice/error.h"

namespace sluice::http {

struct MessageError {
  uint16_t status;  // for a request; a response that is refused becomes 502 further up
  Error error;
};

// Parsers cannot tell whose message it is; H1ClientSession makes it the origin's.
constexpr MessageError client_error(uint16_t status, Counter reason, const char* where) {
  return {status, {reason, Side::kClient, where}};
}

// What could be served if there were memory.
constexpr MessageError out_of_memory(const char* where) {
  return {503, {Counter::kHttpNoMemory, Side::kSelf, where}};
}

}  // namespace sluice::http
