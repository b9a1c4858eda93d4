// made<P>(…): the result of a make_plugin() that cannot fail.
#pragma once

#include <memory>
#include <utility>

#include "gateway/plugin.h"

namespace sluice::gateway {

template <typename P, typename... Args>
MadePlugin made(Args&&... args) {
  return std::unique_ptr<const Plugin>(std::make_unique<const P>(std::forward<Args>(args)...));
}

}  // namespace sluice::gateway
