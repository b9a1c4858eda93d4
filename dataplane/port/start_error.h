// StartError: why EAL or a port could not start: its own words, and what an operator can do about it.
#pragma once

#include <string>

namespace sluice::port {

struct StartError {
  std::string message;  // what DPDK logged, unaltered; where it was silent, what was tried and errno's text
  std::string advice;   // one sentence, empty when there is none to give

  std::string text() const { return advice.empty() ? message : message + "; " + advice; }
};

}  // namespace sluice::port
