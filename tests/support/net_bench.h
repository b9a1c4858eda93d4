// NetBench: one worker's network stack on two links in memory, and a peer that speaks raw frames to it.
//
// Port 0 is 198.18.0.1/24 with a router at .254 for 203.0.113.0/24; port 1 is 198.19.0.1/24. What the stack sends, and
// what it hands up, stands in lists that take_…() empties.
#pragma once

#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "net/stack.h"
#include "support/bytes.h"
#include "support/test_worker.h"
#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/ipv4.h"

namespace sluice::test {

constexpr wire::MacAddress kOurMac{{0x02, 0, 0, 0, 0, 0x01}};
constexpr wire::MacAddress kOurMac1{{0x02, 0, 0, 0, 0, 0x02}};
constexpr wire::MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x99}};
constexpr IpAddress kOurIp = IpAddress::v4(0xC6120001);     // 198.18.0.1
constexpr IpAddress kOurIp1 = IpAddress::v4(0xC6130001);    // 198.19.0.1
constexpr IpAddress kPeerIp = IpAddress::v4(0xC6120002);    // 198.18.0.2
constexpr IpAddress kRouterIp = IpAddress::v4(0xC61200FE);  // 198.18.0.254
constexpr IpAddress kFarIp = IpAddress::v4(0xCB007107);     // 203.0.113.7
constexpr PortIndex kPort0{0};
constexpr PortIndex kPort1{1};
constexpr net::LinkIndex kLink0{0};
constexpr net::LinkIndex kLink1{1};

inline net::Config two_ports() {
  const auto address = [](const char* ip, const char* prefix) {
    return policy::InterfaceAddress{*IpAddress::parse(ip), *Cidr::parse(prefix)};
  };
  net::Config config;
  config.links = {{.port = kPort0, .mac = kOurMac, .addresses = {address("198.18.0.1", "198.18.0.0/24")}},
                  {.port = kPort1, .mac = kOurMac1, .addresses = {address("198.19.0.1", "198.19.0.0/24")}}};
  config.routes = {{*Cidr::parse("203.0.113.0/24"), kRouterIp, {}}};
  return config;
}

struct SentFrame {
  PortIndex port;
  wire::EthernetHeader link;
  Bytes payload;   // behind the link header
  uint64_t flags;  // what the device was asked to finish
};

struct DeliveredSegment {
  IpAddress source;
  IpAddress destination;
  Bytes bytes;
  bool checksum_verified;
  wire::Ecn ecn;
};

class NetBench : public net::LinkOutput, public net::TransportInput, public net::NeighbourSync {
 public:
  explicit NetBench(net::Config config = two_ports(), WorkerId id = WorkerId{0}, uint32_t packet_count = 4096)
      : worker(1, packet_count),
        context_{id, worker.clock, worker.random, worker.timers, worker.tasks, worker.blocks, worker.counters},
        stack(context_, std::move(config), {*worker.packets, *this, *this, *this}) {}

  // --- the peer's side
  Packet packet(std::span<const std::byte> bytes) {
    Packet p = worker.packets->try_allocate();
    std::memcpy(p.append(bytes.size()).data(), bytes.data(), bytes.size());
    return p;
  }
  void frame(std::span<const std::byte> bytes, PortIndex port = kPort0) { stack.on_frame(port, packet(bytes)); }

  void ethernet(wire::EtherType type, std::span<const std::byte> payload, wire::MacAddress to = kOurMac,
                std::optional<uint16_t> vlan = std::nullopt) {
    const wire::EthernetHeader header{.destination = to, .source = kPeerMac, .vlan = vlan, .type = type};
    Bytes bytes(wire::ethernet_header_bytes(header));
    wire::emit_ethernet(header, bytes);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    frame(bytes);
  }
  void arp(const wire::ArpPacket& arp, wire::MacAddress to = kOurMac) {
    Bytes bytes(wire::ArpPacket::kBytes);
    wire::emit_arp(arp, bytes);
    ethernet(wire::EtherType::kArp, bytes, to);
  }
  void arp_reply(IpAddress ip = kPeerIp, wire::MacAddress mac = kPeerMac) {
    arp({.operation = wire::ArpPacket::Operation::kReply,
         .sender_mac = mac,
         .sender_ip = ip,
         .target_mac = kOurMac,
         .target_ip = kOurIp});
  }
  void arp_request(IpAddress target = kOurIp, IpAddress sender = kPeerIp, wire::MacAddress mac = kPeerMac) {
    arp({.operation = wire::ArpPacket::Operation::kRequest,
         .sender_mac = mac,
         .sender_ip = sender,
         .target_ip = target},
        wire::MacAddress::broadcast());
  }
  // header.total_length 0: as long as the payload makes it.
  static Bytes ipv4_bytes(wire::Ipv4Header header, std::span<const std::byte> payload) {
    if (header.total_length == 0) header.total_length = static_cast<uint16_t>(20 + payload.size());
    Bytes bytes(wire::Ipv4Header::kMinBytes);
    wire::emit_ipv4(header, true, bytes);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }
  // A datagram from port 4660 to 53 with a right checksum.
  static Bytes udp_bytes(const IpAddress& source, const IpAddress& destination, std::span<const std::byte> text) {
    Bytes bytes = from_hex("1234 0035 0000 0000");
    bytes.insert(bytes.end(), text.begin(), text.end());
    const auto length = static_cast<uint16_t>(bytes.size());
    wire::store_u16(bytes.data() + 4, length);
    auto sum = wire::pseudo_header_sum(source, destination, static_cast<uint8_t>(wire::IpProtocol::kUdp), length);
    sum.add(bytes);
    wire::store_u16(bytes.data() + 6, sum.checksum());
    return bytes;
  }
  static Bytes udp_bytes(std::string_view text) { return udp_bytes(kPeerIp, kOurIp, from_text(text)); }
  void ipv4(const wire::Ipv4Header& header, std::span<const std::byte> payload, wire::MacAddress to = kOurMac) {
    ethernet(wire::EtherType::kIpv4, ipv4_bytes(header, payload), to);
  }
  static wire::Ipv4Header from_peer(wire::IpProtocol protocol = wire::IpProtocol::kTcp) {
    return {.protocol = protocol, .source = kPeerIp, .destination = kOurIp};
  }

  // --- our transports' side
  void send(std::string_view text, IpAddress destination = kPeerIp) {
    stack.ip().send(wire::IpProtocol::kTcp, kOurIp, destination, packet(from_text(text)));
  }

  // --- what came of it
  std::vector<SentFrame> take_sent() { return std::exchange(sent_, {}); }
  // What was sent as ARP, dropping everything else.
  std::vector<wire::ArpPacket> take_arp() {
    std::vector<wire::ArpPacket> packets;
    for (const SentFrame& f : take_sent()) {
      if (f.link.type == wire::EtherType::kArp) packets.push_back(*wire::parse_arp(f.payload));
    }
    return packets;
  }
  std::vector<DeliveredSegment> take_segments() { return std::exchange(segments_, {}); }
  std::vector<net::IcmpError> take_errors() { return std::exchange(errors_, {}); }
  std::vector<net::NeighbourUpdate> take_updates() { return std::exchange(updates_, {}); }
  std::vector<net::ResolveRequest> take_requests() { return std::exchange(requests_, {}); }
  std::vector<net::AddressNotice> take_notices() { return std::exchange(notices_, {}); }
  uint64_t counted(Counter c) const { return worker.counted(c); }

  void transmit(PortIndex port, Packet frame) override {
    const auto parsed = wire::parse_ethernet(frame.bytes());
    const auto payload = std::span(frame.bytes()).subspan(parsed->header_bytes);
    sent_.push_back({port, parsed->header, Bytes(payload.begin(), payload.end()), frame.mbuf()->ol_flags});
  }
  void steer(PortIndex port, Packet frame) override { stack.on_frame(port, std::move(frame)); }
  void on_segment(const IpAddress& source, const IpAddress& destination, Packet segment,
                  wire::SegmentMarks marks) override {
    const auto bytes = segment.bytes();
    segments_.push_back({source, destination, Bytes(bytes.begin(), bytes.end()), marks.checksum_verified, marks.ecn});
  }
  void on_icmp_error(const net::IcmpError& error) override { errors_.push_back(error); }
  void publish(const net::NeighbourUpdate& update) override { updates_.push_back(update); }
  void publish(const net::AddressNotice& notice) override { notices_.push_back(notice); }
  void request(const net::ResolveRequest& request) override { requests_.push_back(request); }

  TestWorker worker;

 private:
  WorkerContext context_;
  std::vector<SentFrame> sent_;
  std::vector<DeliveredSegment> segments_;
  std::vector<net::IcmpError> errors_;
  std::vector<net::NeighbourUpdate> updates_;
  std::vector<net::AddressNotice> notices_;
  std::vector<net::ResolveRequest> requests_;

 public:
  net::Stack stack;  // last: its timers live in the worker's wheel
};

}  // namespace sluice::test
