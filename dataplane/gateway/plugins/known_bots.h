// The User-Agents that bot-detection refuses without being told to: those of Kong's built-in list.
#pragma once

#include <string>

namespace sluice::gateway {

// One regular expression for all of them, to be found anywhere in the User-Agent, with regard to case.
std::string known_bots();

}  // namespace sluice::gateway
