// SourcePorts: ports for connections to origins that nobody can predict and whose replies come back to this worker.
//
// Owned by the Stack. RFC 6056 3.3.3: a keyed hash of the other three parts of the tuple says where the search begins.
#pragma once

#include <algorithm>
#include <optional>

#include "base/siphash.h"
#include "sluice/ip_address.h"
#include "sluice/units.h"
#include "tcp/four_tuple.h"
#include "tcp/settings.h"

namespace sluice::tcp {

// Says which worker the segments of a connection arrive at. Implemented by the worker, who knows how ports steer.
class Steering {
 public:
  virtual WorkerId owner(const Endpoint& remote, const Endpoint& local) const = 0;

 protected:
  ~Steering() = default;
};

class SourcePorts {
 public:
  SourcePorts(const SipKey& secret, const Settings& settings)
      : secret_(secret),
        first_(settings.first_source_port.value),
        count_(uint32_t{settings.last_source_port.value} - settings.first_source_port.value + 1) {}

  enum class Use : uint8_t {
    kElsewhere,  // replies would come to another worker
    kTaken,
    kResting,  // its last connection is in TIME-WAIT and may be followed by another
    kFree,
  };

  // A port whose use_of(tuple) is free, tried from an unpredictable place on; one that rests when many are not free;
  // none when all that were looked at are taken: a remote that holds every port must not make each further connect as
  // dear as a thousand packets. The next look begins where this one ended, so it finds what is free.
  template <typename UseOf>
  std::optional<Port> choose(FourTuple tuple, UseOf&& use_of) {
    tuple.local.port = Port{0};
    const uint64_t start = keyed_hash(secret_, tuple) + next_;
    std::optional<Port> resting;
    uint32_t at_home = 0;
    uint32_t i = 0;
    for (; i < std::min(count_, kMostLooks) && at_home < kMostLooksAtHome && !(resting && i >= kPatience); ++i) {
      tuple.local.port = Port{static_cast<uint16_t>(first_ + (start + i) % count_)};
      const Use use = use_of(tuple);
      if (use == Use::kFree) {
        next_ += i + 1;
        return tuple.local.port;
      }
      if (use == Use::kResting && !resting) resting = tuple.local.port;
      at_home += use == Use::kElsewhere ? 0 : 1;
    }
    next_ += resting ? 1 : i;
    return resting;
  }

 private:
  static constexpr uint32_t kPatience = 256;           // ports that are looked at before one that rests is taken
  static constexpr uint32_t kMostLooks = 8'192;        // at ports whose replies would come to this worker or elsewhere
  static constexpr uint32_t kMostLooksAtHome = 1'024;  // these take eight times as long

  SipKey secret_;
  uint32_t first_;
  uint32_t count_;
  uint64_t next_ = 0;  // so that a port rests before it is used again
};

}  // namespace sluice::tcp
