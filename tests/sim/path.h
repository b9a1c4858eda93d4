// Path: what becomes of what is sent one way, by chance and by rule: loss, a queue before a limited rate, delay,
// reordering, duplication, corruption. The same seed gives the same fates.
//
// Owned by whoever carries something: segments between two stacks (network.h), frames between whole hosts (ethernet.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/random.h"

namespace sluice::sim {

// One direction of the path. Probabilities are in thousandths.
struct LinkSettings {
  Duration delay = Duration::milliseconds(1);
  uint64_t rate_bytes_per_second = 0;  // 0: no limit
  uint32_t queue_segments = 1000;      // what the limited rate may keep waiting; more is dropped
  uint32_t loss = 0;
  uint32_t lose_every = 0;  // each so many-th segment is lost; 0: none
  Duration outage{};        // how long everything is lost when one segment is
  uint32_t reorder = 0;
  uint32_t duplicate = 0;
  uint32_t corrupt = 0;
  uint16_t mtu = 1500;        // bytes of an IP packet, from mtu_changes on
  Duration mtu_changes{};     // after the beginning; before, everything fits
  bool removes_sack = false;  // SYNs lose their SACK-permitted on the way
};

class Path {
 public:
  Path(const Clock& clock, Random& random, const LinkSettings& settings)
      : clock_(clock), random_(random), settings_(settings) {}

  const LinkSettings& settings() const { return settings_; }
  // An IP packet of so many bytes passes now.
  bool takes(size_t packet_bytes) const {
    return clock_.now() - begin_ < settings_.mtu_changes || packet_bytes <= settings_.mtu;
  }
  bool chance(uint32_t thousandths) { return thousandths > 0 && random_.below(1000) < thousandths; }

  // One more is offered. True: it is lost.
  bool loses();

  struct Passage {
    Instant arrives;
    bool twice = false;
    std::optional<size_t> broken_bit;  // of what arrives, once; a repetition is whole
  };
  // What is not lost leaves: `bytes` of it, and so many below them on the wire. None: the queue is full.
  std::optional<Passage> pass(size_t bytes, size_t bytes_below);

  // Nothing passes any more.
  void cut() { cut_ = true; }

 private:
  // When the last byte has left the queue; never() when the queue is full.
  Instant departure(size_t bytes);

  const Clock& clock_;
  Random& random_;
  const LinkSettings settings_;
  const Instant begin_ = clock_.now();
  uint64_t offered_ = 0;
  Instant free_at_{};
  Instant down_until_{};
  bool cut_ = false;
};

}  // namespace sluice::sim
