// TcpHost: a whole host in memory: Ethernet, ARP, neighbour discovery, IP and TCP of one worker, wired as worker/ wires
// them.
//
// Owned by a test or by the C library over it. Frames go in and out as bytes; each call is one turn of the poll loop.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "net/stack.h"
#include "support/test_worker.h"
#include "tcp/stack.h"
#include "worker/transport.h"

namespace sluice::test {

struct TcpHostConfig {
  // Another network on the port, tagged.
  struct Vlan {
    uint16_t tag = 0;
    policy::InterfaceAddress address;
  };

  net::LinkConfig port;
  std::vector<Vlan> vlans;
  std::vector<net::StaticRoute> routes;
  tcp::Settings tcp;
  uint64_t seed = 1;
  uint32_t packets = 4096;
};

class TcpHost final : private net::LinkOutput, private net::NeighbourSync {
 public:
  explicit TcpHost(const TcpHostConfig& config);
  TcpHost(const TcpHost&) = delete;
  TcpHost& operator=(const TcpHost&) = delete;

  static constexpr size_t kLongestFrame = PacketPool::kDataRoom;

  // A frame arrives. False: no packet for it. REQUIRES: frame.size() <= kLongestFrame.
  [[nodiscard]] bool receive(std::span<const std::byte> frame);

  struct Frame {
    Instant sent_at;
    std::vector<std::byte> bytes;
  };
  // What was sent and not taken, the oldest first.
  std::deque<Frame>& sent() { return sent_; }

  // Ends a turn: timers that are due, then tasks.
  void finish_turn();

  TestWorker worker;

 private:
  static constexpr size_t kMostWaiting = 65'536;

  void transmit(PortIndex port, Packet frame) override;
  void steer(PortIndex port, Packet frame) override { net_.on_frame(port, std::move(frame)); }
  void publish(const net::NeighbourUpdate&) override {}
  void publish(const net::AddressNotice&) override {}
  void request(const net::ResolveRequest&) override {}

  std::deque<Frame> sent_;
  worker::SegmentsUp up_;
  worker::SegmentsDown down_;
  net::Stack net_;

 public:
  tcp::Stack tcp;  // last: its timers and tasks live in the worker
};

}  // namespace sluice::test
