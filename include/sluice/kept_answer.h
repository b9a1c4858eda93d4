// KeptAnswer: an answer that proxy-cache keeps, as an operator looks at it. A copy, made by the gateway for control.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

struct KeptAnswer {
  uint16_t status = 0;
  int64_t stored_s = 0;  // seconds since 1970
  int64_t ttl_s = 0;     // how long it is good for
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

}  // namespace sluice
