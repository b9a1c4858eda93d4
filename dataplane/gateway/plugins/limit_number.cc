#include "gateway/plugins/limit_number.h"

#include <algorithm>
#include <cmath>

#include "gateway/plugins/lua_number.h"

namespace sluice::gateway {

LimitNumber::LimitNumber(double limit)
    : limit_(limit),
      tokens_(static_cast<uint32_t>(std::ceil(std::min(limit, static_cast<double>(UINT32_MAX))))),
      text_(number_text(limit)) {}

}  // namespace sluice::gateway
