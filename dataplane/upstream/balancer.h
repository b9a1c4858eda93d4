// Balancer: chooses the target of each attempt, by the upstream's algorithm. One per worker.
//
// Round-robin is smooth and weighted: of any run of requests as long as the sum of the weights, each target gets
// exactly its weight, spread evenly. Consistent hashing walks Kong's ring (hash_ring.h). Least-connections takes the
// lowest (requests in progress + 1) / weight, the one that waited longest among equals; latency the better of two drawn
// at random by their average time to answer over their weight, where a failure counts as all the time that it was
// allowed, and a silence as long as it lasts. What is counted is this worker's own, as in Kong, and is
// kept by target slot, so a reload does not start it over.
#pragma once

#include <cstdint>
#include <vector>

#include "base/worker_context.h"
#include "sluice/ip_address.h"
#include "sluice/resolution.h"
#include "stream/stream.h"
#include "upstream/target_load.h"
#include "upstream/upstream.h"

namespace sluice::upstream {

// The targets that a request has tried, so that a retry goes to another one as long as there is one. By index modulo
// 64: in a larger upstream a target may be passed over without need, which only changes the order of the retries.
class TriedTargets {
 public:
  void add(size_t index) { bits_ |= bit(index); }
  bool contains(size_t index) const { return (bits_ & bit(index)) != 0; }
  bool empty() const { return bits_ == 0; }
  void clear() { bits_ = 0; }

 private:
  static constexpr uint64_t bit(size_t index) { return uint64_t{1} << (index % 64); }
  uint64_t bits_ = 0;
};

class Balancer {
 public:
  // `first_book` and later ones: see use(). `connector`: who goes there, and knows the routes; outlives the balancer.
  Balancer(WorkerContext& context, HealthTable& health, const AddressBook& first_book,
           const stream::Connector& connector);

  // From now on names are looked up in `book`, which lives until the next call of use().
  void use(const AddressBook& book) { book_ = &book; }

  struct Choice {
    const Target* target = nullptr;
    Endpoint endpoint;
  };
  enum class Failure : uint8_t {
    kNoPeer,            // no target that may be used: none, all unhealthy, or below the threshold
    kNoNameResolution,  // the service's own host has no address
    kNoRoute,           // to any address of the targets that may be used
  };
  // Chooses a target and one of its addresses to which a route leads, and adds it to `tried`. key_hash: of what the
  // upstream hashes (HashRing::hash), where it does. Each choice is followed by one end_attempt().
  Result<Choice, Failure> choose(const Upstream& upstream, TriedTargets& tried, uint32_t key_hash = 0);
  // An attempt at a target is over. Its snapshot may be gone. `told`: report_response() or report_failure() was called.
  void end_attempt(TargetSlot slot, bool told);

  // One of the target's addresses, each in turn as `turn` counts up; one to which no route leads is passed over and
  // counted. None: its name has no address, or none that is reached.
  std::optional<Endpoint> next_endpoint(const Target& target, uint32_t& turn) const;

  // What an attempt at `target` told. Counts as the upstream's passive checks say; costs nothing without them.
  void report(const Upstream& upstream, const Target& target, Outcome outcome);
  // The same for the head of a response, which came `latency` after the attempt began.
  void report_response(const Upstream& upstream, const Target& target, uint16_t status, Duration latency);
  // The same for an attempt that has failed; `latency`: the time that it was allowed, or took.
  void report_failure(const Upstream& upstream, const Target& target, Outcome outcome, Duration latency);

 private:
  struct Search;

  bool usable(const Upstream& upstream, const Target& target) const;
  bool below_threshold(const Upstream& upstream) const;
  const Target* pick(const Search& search);
  const Target* next_round_robin(const Search& search);
  const Target* next_on_ring(const Search& search);
  const Target* least_loaded(const Search& search);
  const Target* quickest(const Search& search);
  void note_answer(const Upstream& upstream, const Target& target, Duration latency);
  double latency_score(const Upstream& upstream, const Target& target);
  double average_latency(const Upstream& upstream);
  TargetLoad& load(const Target& target);

  WorkerContext& context_;
  HealthTable& health_;
  const AddressBook* book_;
  const stream::Connector& connector_;
  uint64_t choices_ = 0;           // so far
  std::vector<TargetLoad> loads_;  // by slot; the last for all targets without one
};

}  // namespace sluice::upstream
