// What a string of each TextKind must look like. The loader asks, for every string it takes.
#pragma once

#include <string>
#include <string_view>

#include "sluice/policy/field.h"

namespace sluice::config {

// Empty if `text` is of this kind; else what is wrong, in Kong's words where Kong has some.
std::string check_text(policy::TextKind kind, std::string_view text);

}  // namespace sluice::config
