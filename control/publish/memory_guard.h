// Whether a policy fits into the machine's memory beside the one in force, told before anything is made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::control {

// What the process may still take, in bytes: of the machine's memory, and of its control group if that has a limit.
struct MemoryLeft {
  uint64_t machine = UINT64_MAX;
  uint64_t group = UINT64_MAX;
};

// Reads /proc/meminfo and the control group's files; what cannot be read does not limit.
MemoryLeft read_memory();

// Why a policy of that many bytes of text is refused before it is read; empty if it fits.
std::string memory_refusal(size_t text_bytes, const MemoryLeft& left);

// The same, once it is known how many values it has, each as often as aliases repeat it: a few lines of text may stand
// for millions. `is_read`: they have been read, and compiling them is what is left to do.
std::string memory_refusal_of_values(uint32_t values, bool is_read, const MemoryLeft& left);

// What the regexes of a policy may be compiled to: their size says nothing of it.
uint64_t memory_of_regexes(const MemoryLeft& left);

}  // namespace sluice::control
