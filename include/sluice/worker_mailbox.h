// WorkerMailbox: the words that control and one worker share to hand over policies and orders.
//
// Each word has one writer. A worker looks at its mailbox once a turn, between polls, when it holds nothing that it was
// given in an earlier turn but pinned snapshots; the turn that it then reports is its quiescent state.
#pragma once

#include <atomic>
#include <cstdint>

#include "sluice/resolution.h"

namespace sluice::exchange {
class Snapshot;
}

namespace sluice {

enum class WorkerOrder : uint8_t {
  kServe,
  kDrain,  // accept nothing new, end idle connections, finish what is in progress
  kStop,   // leave the poll loop
};

struct WorkerMailbox {
  // Written by control.
  alignas(64) std::atomic<const exchange::Snapshot*> snapshot{nullptr};
  std::atomic<const AddressBook*> addresses{nullptr};
  std::atomic<WorkerOrder> order{WorkerOrder::kServe};

  // Written by the worker.
  alignas(64) std::atomic<uint64_t> turn{0};    // turns of the poll loop ended so far
  std::atomic<uint64_t> adopted_generation{0};  // of the snapshot that new requests run on
  std::atomic<uint32_t> connections{0};         // client connections open
  std::atomic<bool> drained{false};             // ordered to drain, and nothing is left
  std::atomic<uint32_t> exchanges{0};           // requests in progress

  // Worker: what control has given last; nullptr before the first. Addresses are given before the policy whose names
  // they are of, so they are looked at after it: a policy never comes without them.
  struct Given {
    const exchange::Snapshot* snapshot;
    const AddressBook* addresses;
  };
  Given given() const {
    const exchange::Snapshot* const policy = snapshot.load(std::memory_order_acquire);
    return {policy, addresses.load(std::memory_order_acquire)};
  }
};

}  // namespace sluice
