// Ref<T>: one entity's place in the vector of its kind in a Policy. The loader makes them; none dangles.
#pragma once

#include <compare>
#include <cstdint>

namespace sluice::policy {

template <typename T>
struct Ref {
  uint32_t index = 0;
  constexpr auto operator<=>(const Ref&) const = default;
};

}  // namespace sluice::policy
