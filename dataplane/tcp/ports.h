// SourcePorts: ports for connections to origins that nobody can predict and whose replies come back to this worker.
//
// Owned by the Stack. RFC 6056 3.3.3: a keyed hash of the other three parts of the tuple says where the search begins.
#pragma once

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

  // A port for which usable(tuple) holds, tried from an unpredictable place on; none when the whole range fails.
  template <typename Usable>
  std::optional<Port> choose(FourTuple tuple, Usable&& usable) {
    tuple.local.port = Port{0};
    const uint64_t start = keyed_hash(secret_, tuple) + next_;
    for (uint32_t i = 0; i < count_; ++i) {
      tuple.local.port = Port{static_cast<uint16_t>(first_ + (start + i) % count_)};
      if (usable(tuple)) {
        next_ += i + 1;
        return tuple.local.port;
      }
    }
    return std::nullopt;
  }

 private:
  SipKey secret_;
  uint32_t first_;
  uint32_t count_;
  uint64_t next_ = 0;  // so that a port rests before it is used again
};

}  // namespace sluice::tcp
