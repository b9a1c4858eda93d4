// The scenarios that every change has to survive, by name.
#pragma once

#include <vector>

#include "sim/simulation.h"

namespace sluice::sim {

// Paths: every mixture of delay, loss and disorder, with the same transfer both ways.
std::vector<Scenario> path_scenarios();
// Users: slow readers, small writes, small buffers, every order of closing and opening, over a mildly bad path.
std::vector<Scenario> user_scenarios();

}  // namespace sluice::sim
