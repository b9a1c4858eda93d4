// Transport: wires one worker's TCP to its network layer: segments down, segments and ICMP errors up.
//
// Owned by the worker. tcp/ and net/ do not know each other; each sees its own interface here.
#pragma once

#include "base/flow_hash.h"
#include "net/stack.h"
#include "tcp/stack.h"

namespace sluice::worker {

// What TCP sends goes to IP.
class SegmentsDown final : public tcp::SegmentOutput {
 public:
  void wire(net::IpOutput& ip) { ip_ = &ip; }

  void send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn ecn) override {
    ip_->send(wire::IpProtocol::kTcp, source, destination, std::move(segment), ecn);
  }
  std::optional<IpAddress> source_for(const IpAddress& destination) const override {
    return ip_->source_for(destination);
  }
  uint16_t path_mtu(const IpAddress& destination) const override { return ip_->path_mtu(destination); }
  const TransmitOffloads& offloads() const override { return ip_->offloads(); }

 private:
  net::IpOutput* ip_ = nullptr;  // wire() comes before the first segment
};

// What IP receives for TCP goes up.
class SegmentsUp final : public net::TransportInput {
 public:
  void wire(tcp::Stack& tcp) { tcp_ = &tcp; }

  void on_segment(const IpAddress& source, const IpAddress& destination, Packet segment,
                  wire::SegmentMarks marks) override {
    tcp_->on_segment(source, destination, std::move(segment), marks);
  }
  void on_icmp_error(const net::IcmpError& error) override;

 private:
  tcp::Stack* tcp_ = nullptr;  // wire() comes before the first frame
};

// Source ports whose answers arrive at the worker that chose them.
class HomePorts final : public tcp::Steering {
 public:
  explicit HomePorts(const FlowOwners& owners) : owners_(owners) {}
  WorkerId owner(const Endpoint& remote, const Endpoint& local) const override {
    return owners_.owner_of(remote, local);
  }

 private:
  const FlowOwners& owners_;
};

}  // namespace sluice::worker
