#include "load/host.h"

#include <array>
#include <utility>

#include "wire/ipv4.h"

namespace sluice::load {

namespace {

constexpr unsigned kBurstsATurn = 8;
constexpr unsigned kTasksATurn = 4096;
constexpr Duration kAskAgain = Duration::milliseconds(100);

tcp::Secrets fresh_secrets(uint64_t seed) {
  Random random(seed);
  return tcp::Secrets::repeatable(random);
}

}  // namespace

Host::Host(const Wiring& w, const HostSettings& s)
    : wiring_(w),
      settings_(s),
      clock_(w.clock.at(worker::TscClock::cycles()), worker::read_wall_clock()),
      random_(worker::TscClock::cycles()),
      timers_(clock_.now()),
      blocks_(1 << 20),
      context_{WorkerId{0}, clock_, random_, timers_, tasks_, blocks_, w.counters},
      tcp_(context_, {w.packets, w.nodes, *this, fresh_secrets(random_.next())}, s.tcp) {}

void Host::turn() {
  clock_.set(wiring_.clock.at(worker::TscClock::cycles()), clock_.wall_now());
  if (!ready()) ask_for_server();
  std::array<Packet, port::FrameQueue::kBurst> frames;
  for (unsigned burst = 0; burst < kBurstsATurn; ++burst) {
    const unsigned n = wiring_.queue.receive(frames);
    for (unsigned i = 0; i < n; ++i) on_frame(std::move(frames[i]));
    if (n < frames.size()) break;
  }
  timers_.poll(clock_.now());
  tasks_.run(kTasksATurn);
  wiring_.queue.flush();
}

void Host::ask_for_server() {
  if (clock_.now() - asked_at_ < kAskAgain) return;
  asked_at_ = clock_.now();
  send_arp({.operation = wire::ArpPacket::Operation::kRequest,
            .sender_mac = settings_.mac,
            .sender_ip = settings_.first_address,
            .target_ip = settings_.server},
           wire::MacAddress::broadcast());
}

bool Host::is_ours(const IpAddress& address) const {
  return address.is_v4() && address.v4_host_order() - settings_.first_address.v4_host_order() < settings_.addresses;
}

void Host::on_frame(Packet frame) {
  const auto ethernet = wire::parse_ethernet(frame.bytes());
  if (!ethernet) return;
  frame.trim_front(ethernet->header_bytes);
  if (ethernet->header.type == wire::EtherType::kArp) return on_arp(frame.bytes());
  if (ethernet->header.type != wire::EtherType::kIpv4) return;
  const auto ip = wire::parse_ipv4(frame.bytes());
  if (!ip || ip->header.protocol != wire::IpProtocol::kTcp || !is_ours(ip->header.destination)) return;
  frame.trim_back(frame.size() - ip->header.total_length);
  frame.trim_front(ip->header_bytes);
  tcp_.on_segment(ip->header.source, ip->header.destination, std::move(frame), {.checksum_verified = true});
}

void Host::on_arp(std::span<const std::byte> bytes) {
  const auto arp = wire::parse_arp(bytes);
  if (!arp) return;
  if (arp->sender_ip == settings_.server) server_mac_ = arp->sender_mac;
  if (arp->operation != wire::ArpPacket::Operation::kRequest || !is_ours(arp->target_ip)) return;
  send_arp({.operation = wire::ArpPacket::Operation::kReply,
            .sender_mac = settings_.mac,
            .sender_ip = arp->target_ip,
            .target_mac = arp->sender_mac,
            .target_ip = arp->sender_ip},
           arp->sender_mac);
}

void Host::send_arp(const wire::ArpPacket& arp, const wire::MacAddress& to) {
  Packet frame = wiring_.packets.try_allocate();
  if (!frame) return;
  wire::emit_ethernet({.destination = to, .source = settings_.mac, .type = wire::EtherType::kArp},
                      frame.append(wire::EthernetHeader::kBytes));
  wire::emit_arp(arp, frame.append(wire::ArpPacket::kBytes));
  wiring_.queue.transmit(std::move(frame));
}

void Host::send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn ecn) {
  if (!server_mac_) return;
  const auto length = static_cast<uint16_t>(wire::Ipv4Header::kMinBytes + segment.size());
  wire::emit_ipv4({.traffic_class = static_cast<uint8_t>(ecn),
                   .total_length = length,
                   .dont_fragment = true,
                   .source = source,
                   .destination = destination},
                  true, segment.prepend(wire::Ipv4Header::kMinBytes));
  wire::emit_ethernet({.destination = *server_mac_, .source = settings_.mac, .type = wire::EtherType::kIpv4},
                      segment.prepend(wire::EthernetHeader::kBytes));
  wiring_.queue.transmit(std::move(segment));
}

std::optional<IpAddress> Host::source_for(const IpAddress&) const {
  return IpAddress::v4(settings_.first_address.v4_host_order() + next_address_++ % settings_.addresses);
}

}  // namespace sluice::load
