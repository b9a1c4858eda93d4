// ProcessIdentity: who tells of the requests, to those outside who gather from many.
#pragma once

#include <string>

namespace sluice::control {

struct ProcessIdentity {
  std::string id;  // a UUID, another one each time the process starts
  std::string version;
};

}  // namespace sluice::control
