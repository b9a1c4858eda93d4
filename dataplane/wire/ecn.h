// Ecn: the two bits of an IP header by which routers report congestion without dropping (RFC 3168 5).
#pragma once

#include <cstdint>

namespace sluice::wire {

enum class Ecn : uint8_t {
  kNotCapable = 0,  // whoever is congested drops it
  kCapable1 = 1,    // ECT(1)
  kCapable0 = 2,    // ECT(0)
  kCongestion = 3,  // a router has marked it
};

// traffic_class: IPv4's TOS or IPv6's traffic class.
constexpr Ecn ecn_of(uint8_t traffic_class) {
  return static_cast<Ecn>(traffic_class & 3);
}

// What the layers below have found out about a segment that arrived.
struct SegmentMarks {
  bool checksum_verified = false;  // by the device: it need not be computed again
  Ecn ecn = Ecn::kNotCapable;
};

}  // namespace sluice::wire
