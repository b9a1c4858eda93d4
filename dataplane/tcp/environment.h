// Environment: what all connections of one stack share: the worker's context, the tables, the limits, the secrets.
//
// Owned by the Stack, outlives every connection. One thread.
#pragma once

#include <algorithm>

#include "base/slab.h"
#include "base/timer_wheel.h"
#include "base/worker_context.h"
#include "packet/packet_pool.h"
#include "packet/slice_queue.h"
#include "tcp/congestion/congestion_control.h"
#include "tcp/congestion/cubic.h"
#include "tcp/congestion/new_reno.h"
#include "tcp/demux.h"
#include "tcp/flight.h"
#include "tcp/path_mtus.h"
#include "tcp/rate_limit.h"
#include "tcp/receiver.h"
#include "tcp/secrets.h"
#include "tcp/segment_output.h"
#include "tcp/settings.h"
#include "tcp/time_wait.h"

namespace sluice::tcp {

class Connection;

// What stands around a stack; all that is referred to outlives it.
struct Wiring {
  PacketPool& packets;
  SliceNodePool& nodes;
  SegmentOutput& output;
  Secrets secrets;
};

// Bytes of the IP and TCP headers of a segment to `remote`, options aside.
inline uint16_t header_bytes_to(const IpAddress& remote) {
  return remote.is_v4() ? 40 : 60;
}

struct Environment {
  Environment(WorkerContext& context, const Wiring& wiring, const Settings& settings);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  Instant now() const { return context.now(); }
  void count(Counter c) const { context.count(c); }
  // How many packets are left. Looked at once a millisecond, or when it has been asked for many times.
  enum class Packets : uint8_t {
    kEnough,
    kScarce,    // an eighth: what can be asked for again is not worth keeping
    kCritical,  // a sixteenth, for those who give back at once what they take: others are shed (shedding.h) until
                // three thirty-seconds are left
  };
  Packets packets_left();
  bool packets_scarce() { return packets_left() != Packets::kEnough; }
  bool packets_critical() { return packets_left() == Packets::kCritical; }
  // How many have to come back until that is over; 0 when it is not critical.
  uint32_t packets_missing();
  // How much of `bytes` a connection may queue, or be sent, now: little while packets are scarce, so that slow peers
  // cannot hold what the others need.
  uint32_t share_of(uint32_t bytes);
  const CongestionControl& congestion() const {
    return settings.congestion == Congestion::kCubic ? static_cast<const CongestionControl&>(cubic_) : new_reno_;
  }
  // The largest IP packet that the way to `remote` takes as far as is known, bytes.
  uint16_t path_mtu(const IpAddress& remote) const;
  // Bytes of text and TCP options in such a packet beside the IP and TCP headers.
  uint16_t path_mss(const IpAddress& remote) const;
  // The same for what we can receive, which is what the first link takes (RFC 6691).
  uint16_t own_mss(const IpAddress& remote) const;

  WorkerContext& context;
  PacketPool& packets;
  SliceNodePool& nodes;
  SegmentOutput& output;
  const Settings settings;
  const ConnectionOptions options;  // of connections that were given none of their own
  const Secrets secrets;
  const uint8_t rcv_wind_shift;  // the scale that we offer (RFC 7323 2.2)

  Demux demux;
  TimeWait time_wait;
  PathMtus paths;
  DisorderPool out_of_order;
  TransmissionPool transmissions;
  Slab<Flight> flights;
  Slab<ConnectionOptions> own_options;
  Slab<Connection> connections;
  RateLimit challenge_acks;
  RateLimit resets;
  Timer* relief = nullptr;  // armed when packets become scarce

 private:
  uint16_t mss_of(uint16_t mtu, const IpAddress& remote) const;

  const Cubic cubic_;
  const NewReno new_reno_;
  const uint32_t packet_reserve_;
  Instant looked_at_{};
  uint32_t asked_since_ = 0;
  Packets packets_left_ = Packets::kEnough;
};

}  // namespace sluice::tcp
