// UUIDs of version 4 for the ids that the gateway makes (RFC 9562 5.4), and their text without the heap.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "sluice/policy/uuid.h"

namespace sluice::gateway {

using UuidText = std::array<char, policy::Uuid::kTextLength>;

policy::Uuid random_uuid(Random& random);
// The same of 16 random bytes.
policy::Uuid random_uuid(std::array<uint8_t, 16> random);

// Lower-case text, in `out`.
std::string_view format(const policy::Uuid& id, UuidText& out);

}  // namespace sluice::gateway
