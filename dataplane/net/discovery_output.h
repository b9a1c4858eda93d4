// DiscoveryOutput: sends the messages of neighbour discovery, which find their own way: link, link address, hop limit
// 255 (RFC 4861 3.1: proof that no router has passed them on).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "net/link.h"
#include "packet/packet_pool.h"
#include "wire/ipv6.h"
#include "wire/neighbour_discovery.h"

namespace sluice::net {

class DiscoveryOutput {
 public:
  static constexpr uint8_t kHopLimit = 255;

  DiscoveryOutput(PacketPool& packets, Link& link) : packets_(packets), links_(link) {}

  // Sends the message of `bytes` bytes that emit(span) writes. Without a packet (counted by the pool) nothing is sent:
  // every question is asked again in time.
  template <typename Emit>
  void send(LinkIndex link, const wire::MacAddress& to, const wire::IpPair& ends, size_t bytes, Emit&& emit) {
    Packet packet = packets_.try_allocate();
    if (!packet) return;
    emit(packet.append(bytes));
    wire::emit_ipv6({.payload_length = static_cast<uint16_t>(bytes),
                     .next_header = wire::IpProtocol::kIcmpV6,
                     .hop_limit = kHopLimit,
                     .source = ends.source,
                     .destination = ends.destination},
                    packet.prepend(wire::Ipv6Header::kBytes));
    links_.send(link, to, wire::EtherType::kIpv6, std::move(packet));
  }

 private:
  PacketPool& packets_;
  Link& links_;
};

}  // namespace sluice::net
