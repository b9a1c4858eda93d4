// allocations(): how often anything in the process has taken memory from the heap: by new, malloc or one of its kin, in
// Sluice or in a library.
//
// Linking heap_watch.cc into a test replaces malloc in that binary alone. Under AddressSanitizer its own hooks count.
#pragma once

#include <cstdint>

namespace sluice::heap {

// Counts in all threads, from the first call of these to the second, which tells.
void begin_counting();
uint64_t end_counting();

// While `work` runs.
template <typename Work>
uint64_t allocations(Work&& work) {
  begin_counting();
  work();
  return end_counting();
}

}  // namespace sluice::heap
