// What to do about a plugin that Sluice does not have.
#pragma once

#include <string>
#include <string_view>

namespace sluice::config {

// For Kong's own plugins, and those of Kong Enterprise that policies often name: why it is not there and what to use
// instead. For any other name: which plugins there are.
std::string plugin_advice(std::string_view name);

}  // namespace sluice::config
