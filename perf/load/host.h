// Host: a machine of clients on one thread: a port, as little ARP and IPv4 as one link needs, and a tcp::Stack.
//
// For loading a server that is on the other side of a memory port: frames are not damaged there, so checksums of what
// arrives are not looked at. It has many addresses, of which each connection takes the next.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/worker_context.h"
#include "packet/packet_pool.h"
#include "port/frame_queue.h"
#include "sluice/counters.h"
#include "tcp/stack.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "worker/tsc_clock.h"

namespace sluice::load {

struct HostSettings {
  wire::MacAddress mac;
  IpAddress first_address;  // IPv4
  uint32_t addresses = 1;
  IpAddress server;  // on the link
  tcp::Settings tcp;
};

class Host final : private tcp::SegmentOutput {
 public:
  // What the host stands on; all of it outlives the host.
  struct Wiring {
    port::FrameQueue& queue;
    PacketPool& packets;
    SliceNodePool& nodes;
    Counters& counters;
    const worker::TscClock& clock;
  };
  Host(const Wiring& wiring, const HostSettings& settings);

  // One turn of the poll loop.
  void turn();
  // The server's link address is known: connections can be opened.
  bool ready() const { return server_mac_.has_value(); }

  tcp::Stack& tcp() { return tcp_; }
  Instant now() const { return clock_.now(); }

 private:
  void send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn ecn) override;
  std::optional<IpAddress> source_for(const IpAddress& destination) const override;
  uint16_t path_mtu(const IpAddress&) const override { return 1500; }
  const TransmitOffloads& offloads() const override { return offloads_; }

  bool is_ours(const IpAddress& address) const;
  void on_frame(Packet frame);
  void on_arp(std::span<const std::byte> bytes);
  void send_arp(const wire::ArpPacket& arp, const wire::MacAddress& to);
  void ask_for_server();

  const Wiring wiring_;
  const HostSettings settings_;
  const TransmitOffloads offloads_;
  Clock clock_;
  Random random_;
  TimerWheel timers_;
  TaskQueue tasks_;
  BlockPool blocks_;
  WorkerContext context_;
  std::optional<wire::MacAddress> server_mac_;
  Instant asked_at_{};
  mutable uint32_t next_address_ = 0;
  tcp::Stack tcp_;
};

}  // namespace sluice::load
