// The User-Agents that bot-detection refuses without being told to: those of Kong's built-in list.
#pragma once

#include <memory>

#include "match/hyperscan_database.h"

namespace sluice::gateway {

// A pattern for each, to be found anywhere in the User-Agent, with regard to case. Compiled when first asked for, some
// tenths of a second, and kept for the process: no policy changes them. Control side.
std::shared_ptr<const match::HyperscanDatabase> known_bots();

}  // namespace sluice::gateway
