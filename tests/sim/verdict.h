// problem_of: whether one side of a transfer has got what it should, and ended as it should.
#pragma once

#include <string>

#include "sim/transfer.h"
#include "tcp/stack.h"

namespace sluice::sim {

// What is wrong with the transfer of `who` over `stack`, in words; empty when nothing is. expected: bytes of the other
// side's; cut: the path was cut, so that both sides had to give up.
std::string problem_of(const char* who, tcp::Stack& stack, const Transfer& transfer, uint64_t expected, bool cut);

}  // namespace sluice::sim
