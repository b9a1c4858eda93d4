// What proxy-cache keeps, for operators. Called on the control thread, beside the workers; it allocates.
#pragma once

#include <optional>
#include <string_view>

#include "cache/response_store.h"
#include "sluice/kept_answer.h"
#include "sluice/units.h"

namespace sluice::gateway {

// The answer under a key, as X-Cache-Key tells it. Nothing: there is none, or it is no longer kept.
std::optional<KeptAnswer> find_kept_answer(const cache::ResponseStore& store, std::string_view key, WallTime now);

}  // namespace sluice::gateway
