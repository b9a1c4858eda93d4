// CounterStore: where the counts of shared rate limits are kept, as control asks it. One implementation: RedisStore.
//
// Lives on the event loop; never blocks. Every question gets exactly one answer, in the order of asking, at the latest
// when the store's timeout is over.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sluice/units.h"

namespace sluice::control {

// One window of one identity, as the store is asked about it.
struct StoreCounter {
  std::string key;
  uint32_t most = 0;        // tokens of the window, over all machines
  uint32_t owed = 0;        // used already beyond what was leased: counted whatever is left
  uint32_t needed = 0;      // without as much as one of these nothing is leased of any counter; 0: none is needed
  uint32_t wanted = 0;      // the most to lease, as long as plenty is left; at least `needed`
  Duration forget_after{};  // of a counter that this makes
};

struct StoreAnswer {
  uint32_t leased = 0;
  uint64_t counted = 0;  // with what was leased and owed
};

class CounterStore {
 public:
  virtual ~CounterStore() = default;

  // Empty: the store did not answer.
  using Answer = std::function<void(const std::vector<StoreAnswer>&)>;
  // Leases tokens of all counters, or of none.
  virtual void lease(const std::vector<StoreCounter>& counters, Answer answer) = 0;
  // Gives tokens back. `answer` gets one element.
  virtual void give_back(const std::string& key, uint32_t tokens, Answer answer) = 0;
};

}  // namespace sluice::control
