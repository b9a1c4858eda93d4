#include "net/arp.h"

#include <utility>

namespace sluice::net {

namespace {

constexpr Duration kAnnounceInterval = Duration::seconds(2);  // RFC 5227 1.1

using Operation = wire::ArpPacket::Operation;

}  // namespace

Arp::Arp(WorkerContext& context, PacketPool& packets, const Wiring& wiring)
    : context_(context),
      packets_(packets),
      config_(wiring.config),
      local_(wiring.local),
      links_(wiring.link),
      neighbours_(wiring.neighbours),
      sync_(wiring.sync),
      announce_timer_([](void* self) { static_cast<Arp*>(self)->announce_all(); }, this),
      defence_(config_) {}

// RFC 826, "Packet Reception", with the checks of RFC 5227 2.4 before it.
void Arp::on_packet(LinkIndex link, const Packet& packet) {
  const auto arp = wire::parse_arp(packet.bytes());
  if (!arp || arp->sender_mac.is_group()) return context_.count(Counter::kNetArpMalformed);
  if (arp->sender_mac == config_[link].mac) return context_.count(Counter::kNetArpIgnored);
  if (local_.owns(link, arp->sender_ip)) return on_conflict(link, arp->sender_ip);
  // A probe (RFC 5227 1.1) has no sender address yet: there is nothing to learn from it.
  if (!arp->sender_ip.is_unspecified()) {
    if (local_.is_martian(link, arp->sender_ip)) return context_.count(Counter::kNetMartianSource);
    learn(link, *arp);
  }
  if (!local_.owns(link, arp->target_ip)) return context_.count(Counter::kNetArpIgnored);
  if (arp->operation != Operation::kRequest) return;
  send(link, arp->sender_mac,
       {.operation = Operation::kReply,
        .sender_mac = config_[link].mac,
        .sender_ip = arp->target_ip,
        .target_mac = arp->sender_mac,
        .target_ip = arp->sender_ip});
  context_.count(Counter::kNetArpAnswered);
}

// Whoever on the link asks for us is about to be answered, so it is learned; any other neighbour is only brought up to
// date.
void Arp::learn(LinkIndex link, const wire::ArpPacket& arp) {
  const bool asks_us = arp.operation == Operation::kRequest && local_.owns(link, arp.target_ip) &&
                       local_.is_on_link(link, arp.sender_ip);
  const NeighbourKey neighbour{link, arp.sender_ip};
  const auto unknown = asks_us ? NeighbourTable::Unknown::kLearn : NeighbourTable::Unknown::kIgnore;
  if (neighbours_.confirm(neighbour, arp.sender_mac, unknown)) {
    context_.count(Counter::kNetNeighbourLearned);
    sync_.publish({neighbour, arp.sender_mac});
  }
}

// Another machine claims an address of ours: keep it and say so, at most every ten seconds (RFC 5227 2.4 (b)).
void Arp::on_conflict(LinkIndex link, const IpAddress& address) {
  context_.count(Counter::kNetArpConflict);
  if (defence_.try_take({link, address}, context_.now())) announce_one(link, address);
}

void Arp::ask(const NeighbourKey& neighbour, const wire::MacAddress* known) {
  const auto sender = local_.source_for(neighbour.link, neighbour.address);
  if (!sender) return;
  context_.count(Counter::kNetArpAsked);
  send(neighbour.link, known == nullptr ? wire::MacAddress::broadcast() : *known,
       {.operation = Operation::kRequest,
        .sender_mac = config_[neighbour.link].mac,
        .sender_ip = *sender,
        .target_ip = neighbour.address});
}

void Arp::announce() {
  announce_all();
  context_.timers.schedule(announce_timer_, context_.now() + kAnnounceInterval);
}

void Arp::announce_all() {
  for (uint16_t i = 0; i < config_.links.size(); ++i) {
    for (const auto& own : config_.links[i].addresses) {
      if (own.address.is_v4()) announce_one(LinkIndex{i}, own.address);
    }
  }
}

void Arp::announce_one(LinkIndex link, const IpAddress& address) {
  send(link, wire::MacAddress::broadcast(),
       {.operation = Operation::kRequest, .sender_mac = config_[link].mac, .sender_ip = address, .target_ip = address});
}

void Arp::send(LinkIndex link, const wire::MacAddress& to, const wire::ArpPacket& arp) {
  Packet packet = packets_.try_allocate();
  if (!packet) return;
  wire::emit_arp(arp, packet.append(wire::ArpPacket::kBytes));
  links_.send(link, to, wire::EtherType::kArp, std::move(packet));
}

}  // namespace sluice::net
