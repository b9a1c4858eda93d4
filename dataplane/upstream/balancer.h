// Balancer: chooses the target of each attempt. One per worker.
//
// Round-robin is smooth and weighted: of any run of requests as long as the sum of the weights, each target gets
// exactly its weight, spread evenly. A worker's position is kept by target slot, so a reload does not start it over.
#pragma once

#include <cstdint>
#include <vector>

#include "base/worker_context.h"
#include "sluice/ip_address.h"
#include "sluice/resolution.h"
#include "upstream/upstream.h"

namespace sluice::upstream {

// The targets that a request has tried, so that a retry goes to another one as long as there is one. By index modulo
// 64: in a larger upstream a target may be passed over without need, which only changes the order of the retries.
class TriedTargets {
 public:
  void add(size_t index) { bits_ |= bit(index); }
  bool contains(size_t index) const { return (bits_ & bit(index)) != 0; }
  void clear() { bits_ = 0; }

 private:
  static constexpr uint64_t bit(size_t index) { return uint64_t{1} << (index % 64); }
  uint64_t bits_ = 0;
};

class Balancer {
 public:
  // `first_book` and later ones: see use().
  Balancer(WorkerContext& context, HealthTable& health, const AddressBook& first_book);

  // From now on names are looked up in `book`, which lives until the next call of use().
  void use(const AddressBook& book) { book_ = &book; }

  struct Choice {
    const Target* target = nullptr;
    Endpoint endpoint;
  };
  enum class Failure : uint8_t {
    kNoPeer,            // no target that may be used: none, all unhealthy, or below the threshold
    kNoNameResolution,  // the service's own host has no address
  };
  // Chooses a target and one of its addresses, and adds it to `tried`.
  Result<Choice, Failure> choose(const Upstream& upstream, TriedTargets& tried);

  // What an attempt at `target` told. Counts as the upstream's passive checks say; costs nothing without them.
  void report(const Upstream& upstream, const Target& target, Outcome outcome);
  // The same for a response that came.
  void report_status(const Upstream& upstream, const Target& target, uint16_t status);

 private:
  // Where this worker stands with a target. A position of an earlier use of the slot counts as none.
  struct Position {
    uint32_t generation = 0;
    int32_t current = 0;
    uint32_t next_address = 0;
  };

  bool usable(const Upstream& upstream, const Target& target) const;
  bool below_threshold(const Upstream& upstream) const;
  const Target* next_round_robin(const Upstream& upstream, const TriedTargets& tried, bool again);
  Endpoint next_endpoint(const Target& target);
  Position& position(const Target& target);

  WorkerContext& context_;
  HealthTable& health_;
  const AddressBook* book_;
  std::vector<Position> positions_;  // by slot
};

}  // namespace sluice::upstream
