// Environment: what all connections of one stack share: the worker's context, the tables, the limits, the secrets.
//
// Owned by the Stack, outlives every connection. One thread.
#pragma once

#include <algorithm>

#include "base/siphash.h"
#include "base/slab.h"
#include "base/worker_context.h"
#include "packet/packet_pool.h"
#include "packet/slice_queue.h"
#include "tcp/congestion/congestion_control.h"
#include "tcp/congestion/cubic.h"
#include "tcp/congestion/new_reno.h"
#include "tcp/demux.h"
#include "tcp/flight.h"
#include "tcp/rate_limit.h"
#include "tcp/reassembly.h"
#include "tcp/segment_output.h"
#include "tcp/settings.h"
#include "tcp/time_wait.h"

namespace sluice::tcp {

class Connection;

// What an attacker must not learn. Taken from the worker's random source at start.
struct Secrets {
  SipKey demux;
  SipKey sequence_numbers;
  SipKey timestamps;
  SipKey ports;
  SipKey cookies;
};

struct Environment {
  Environment(WorkerContext& context, PacketPool& packets, SliceNodePool& nodes, SegmentOutput& output,
              const Settings& settings);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  Instant now() const { return context.now(); }
  void count(Counter c) const { context.count(c); }
  // Few packets are left: what can be asked for again is not worth keeping. Looked at once a millisecond.
  bool packets_scarce();
  // How much of `bytes` a connection may queue, or be sent, now: little while packets are scarce, so that slow peers
  // cannot hold what the others need.
  uint32_t share_of(uint32_t bytes) { return packets_scarce() ? std::min(bytes, kScarceShareBytes) : bytes; }
  const CongestionControl& congestion() const {
    return settings.congestion == Congestion::kCubic ? static_cast<const CongestionControl&>(cubic_) : new_reno_;
  }
  // Bytes of text and TCP options that an IP packet to `remote` takes beside the IP and TCP headers.
  uint16_t path_mss(const IpAddress& remote) const;

  WorkerContext& context;
  PacketPool& packets;
  SliceNodePool& nodes;
  SegmentOutput& output;
  const Settings settings;
  const Secrets secrets;
  const uint8_t rcv_wind_shift;  // the scale that we offer (RFC 7323 2.2)

  Demux demux;
  TimeWait time_wait;
  ReassemblyPool out_of_order;
  TransmissionPool transmissions;
  Slab<Flight> flights;
  Slab<Connection> connections;
  RateLimit challenge_acks;
  RateLimit resets;

 private:
  static constexpr uint32_t kScarceShareBytes = 16 * 1024;

  const Cubic cubic_;
  const NewReno new_reno_;
  const uint32_t packet_reserve_;
  Instant looked_at_{};
  bool packets_scarce_ = false;
};

}  // namespace sluice::tcp
