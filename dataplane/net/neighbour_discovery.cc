#include "net/neighbour_discovery.h"

#include "net/ipv6_addresses.h"

namespace sluice::net {

namespace {

constexpr Duration kDetectionTime = Duration::seconds(1);     // RFC 4861 10, RETRANS_TIMER
constexpr Duration kAnnounceInterval = Duration::seconds(2);  // as ARP's
constexpr Duration kRepeatInterval = Duration::seconds(10);

using State = LocalAddresses::State;

}  // namespace

NeighbourDiscovery::NeighbourDiscovery(WorkerContext& context, PacketPool& packets, const Wiring& wiring)
    : context_(context),
      config_(wiring.config),
      local_(wiring.local),
      routers_(wiring.routers),
      output_(packets, wiring.link),
      neighbours_(wiring.neighbours),
      sync_(wiring.sync),
      detection_timer_([](void* self) { static_cast<NeighbourDiscovery*>(self)->finish_detection(); }, this),
      announce_timer_([](void* self) { static_cast<NeighbourDiscovery*>(self)->announce_all(); }, this),
      duplicates_timer_([](void* self) { static_cast<NeighbourDiscovery*>(self)->publish_duplicates(); }, this),
      defence_(config_) {}

// What comes back to us from ourselves proves nothing: a device may show what it sends.
void NeighbourDiscovery::on_message(const Arrival& arrival, const wire::Ipv6Header& ip, wire::IcmpV6Type type,
                                    const Packet& message) {
  if (ip.hop_limit != DiscoveryOutput::kHopLimit) return context_.count(Counter::kNetNdMalformed);
  if (arrival.source == config_[arrival.link].mac) return context_.count(Counter::kNetNdIgnored);
  if (local_.owns(arrival.link, ip.source)) return on_conflict({arrival.link, ip.source});
  switch (type) {
    case wire::IcmpV6Type::kNeighbourSolicitation:
      return on_solicitation(arrival, ip, message);
    case wire::IcmpV6Type::kNeighbourAdvertisement:
      return on_advertisement(arrival, ip, message);
    case wire::IcmpV6Type::kRouterAdvertisement:
      return on_router(arrival, ip, message);
    default:
      return context_.count(Counter::kNetNdIgnored);
  }
}

// RFC 4861 7.1.1, 7.2.3, RFC 4862 5.4.3.
void NeighbourDiscovery::on_solicitation(const Arrival& arrival, const wire::Ipv6Header& ip, const Packet& message) {
  const auto asked = wire::parse_neighbour_solicitation(message.bytes());
  const bool detecting = ip.source.is_unspecified();
  const bool bad_detection =
      asked && detecting && (asked->source_mac || ip.destination != solicited_node(asked->target));
  if (!asked || bad_detection) return context_.count(Counter::kNetNdMalformed);
  const auto state = local_.state_of(arrival.link, asked->target);
  if (state == State::kTentative && detecting) return on_duplicate({arrival.link, asked->target});
  if (state != State::kValid) return context_.count(Counter::kNetNdIgnored);

  const NeighbourKey asker{arrival.link, ip.source};
  const wire::MacAddress to = asked->source_mac.value_or(arrival.source);
  if (to.is_group()) return context_.count(Counter::kNetNdMalformed);
  if (asked->source_mac && !detecting) on_heard(asker, to);
  const wire::IpPair ends{asked->target, detecting ? kAllNodes : ip.source};
  const wire::NeighbourAdvertisement answer{
      .solicited = !detecting, .override = true, .target = asked->target, .target_mac = config_[arrival.link].mac};
  context_.count(Counter::kNetNdAnswered);
  output_.send(arrival.link, detecting ? group_mac(kAllNodes) : to, ends,
               wire::NeighbourAdvertisement::kBytes + wire::kLinkAddressOptionBytes,
               [&](std::span<std::byte> out) { wire::emit_neighbour_advertisement(answer, ends, out); });
}

// RFC 4861 7.1.2, 7.2.5, RFC 4862 5.4.4.
void NeighbourDiscovery::on_advertisement(const Arrival& arrival, const wire::Ipv6Header& ip, const Packet& message) {
  const auto said = wire::parse_neighbour_advertisement(message.bytes());
  const bool bad =
      !said || (said->solicited && is_ipv6_group(ip.destination)) || (said->target_mac && said->target_mac->is_group());
  if (bad) return context_.count(Counter::kNetNdMalformed);
  const NeighbourKey target{arrival.link, said->target};
  const auto state = local_.state_of(arrival.link, said->target);
  if (state == State::kTentative) return on_duplicate(target);
  if (state == State::kValid) return on_conflict(target);
  learn(target, *said);
}

void NeighbourDiscovery::learn(const NeighbourKey& neighbour, const wire::NeighbourAdvertisement& said) {
  const wire::MacAddress* known = neighbours_.known(neighbour);
  if (known == nullptr && !said.target_mac) return context_.count(Counter::kNetNdIgnored);
  const wire::MacAddress mac = said.target_mac.value_or(known == nullptr ? wire::MacAddress{} : *known);
  const bool moved = known != nullptr && mac != *known;
  if (moved && !said.override) return neighbours_.doubt(neighbour);
  const auto ignore = NeighbourTable::Unknown::kIgnore;
  const bool learned =
      said.solicited ? neighbours_.confirm(neighbour, mac, ignore) : neighbours_.hear(neighbour, mac, ignore);
  publish_learned(learned, neighbour, mac);
  if (!said.router && (known != nullptr || learned)) routers_.on_host(neighbour);
}

// Whoever on the link asks for us is about to be answered, so it is learned.
void NeighbourDiscovery::on_heard(const NeighbourKey& neighbour, const wire::MacAddress& mac) {
  const bool near = is_link_local(neighbour.address) || local_.is_on_link(neighbour.link, neighbour.address);
  const auto unknown = near ? NeighbourTable::Unknown::kLearn : NeighbourTable::Unknown::kIgnore;
  publish_learned(neighbours_.hear(neighbour, mac, unknown), neighbour, mac);
}

void NeighbourDiscovery::publish_learned(bool learned, const NeighbourKey& neighbour, const wire::MacAddress& mac) {
  if (!learned) return;
  context_.count(Counter::kNetNeighbourLearned);
  sync_.publish(NeighbourUpdate{neighbour, mac});
}

void NeighbourDiscovery::on_duplicate(const NeighbourKey& own) {
  context_.count(Counter::kNetAddressDuplicate);
  local_.set_state(own.link, own.address, State::kDuplicate);
  publish_duplicates();
}

// Repeated, so that a notice that a full ring lost is made good.
void NeighbourDiscovery::publish_duplicates() {
  bool any = false;
  for_each_own([&](const NeighbourKey& own, State state) {
    if (state != State::kDuplicate) return;
    any = true;
    sync_.publish(AddressNotice{AddressNotice::What::kDuplicate, own});
  });
  if (any) context_.timers.schedule(duplicates_timer_, context_.now() + kRepeatInterval);
}

// Another machine claims an address of ours: keep it and say so, at most every ten seconds, as ARP does.
void NeighbourDiscovery::on_conflict(const NeighbourKey& own) {
  context_.count(Counter::kNetNdConflict);
  if (defence_.try_take(own, context_.now())) announce_one(own);
}

// RFC 4861 6.1.2, 6.3.4: of all that a router may say, only that it is one is used.
void NeighbourDiscovery::on_router(const Arrival& arrival, const wire::Ipv6Header& ip, const Packet& message) {
  if (!config_[arrival.link].ipv6.uses_routers()) return context_.count(Counter::kNetNdIgnored);
  const auto said = wire::parse_router_advertisement(message.bytes());
  const bool bad = !said || !is_link_local(ip.source) || (said->source_mac && said->source_mac->is_group());
  if (bad) return context_.count(Counter::kNetNdMalformed);
  const NeighbourKey router{arrival.link, ip.source};
  if (said->source_mac) on_heard(router, *said->source_mac);
  routers_.on_router(router, Duration::seconds(said->router_lifetime_s));
}

void NeighbourDiscovery::ask(const NeighbourKey& neighbour, const wire::MacAddress* known) {
  const auto sender = local_.source_for(neighbour.link, neighbour.address);
  if (!sender) return;
  const IpAddress destination = known == nullptr ? solicited_node(neighbour.address) : neighbour.address;
  const wire::IpPair ends{*sender, destination};
  const wire::NeighbourSolicitation question{neighbour.address, config_[neighbour.link].mac};
  context_.count(Counter::kNetNdAsked);
  output_.send(neighbour.link, known == nullptr ? group_mac(destination) : *known, ends,
               wire::NeighbourSolicitation::kBytes + wire::kLinkAddressOptionBytes,
               [&](std::span<std::byte> out) { wire::emit_neighbour_solicitation(question, ends, out); });
}

void NeighbourDiscovery::announce() {
  bool any_asked_for = false;
  for_each_own([&](const NeighbourKey& own, State) {
    if (!config_[own.link].ipv6.duplicate_address_detection) return;
    any_asked_for = true;
    local_.set_state(own.link, own.address, State::kTentative);
    const wire::IpPair ends{IpAddress(), solicited_node(own.address)};
    output_.send(own.link, group_mac(ends.destination), ends, wire::NeighbourSolicitation::kBytes,
                 [&](std::span<std::byte> out) { wire::emit_neighbour_solicitation({own.address, {}}, ends, out); });
  });
  if (!any_asked_for) return finish_detection();
  context_.timers.schedule(detection_timer_, context_.now() + kDetectionTime);
}

void NeighbourDiscovery::finish_detection() {
  for_each_own([&](const NeighbourKey& own, State state) {
    if (state == State::kTentative) local_.set_state(own.link, own.address, State::kValid);
  });
  announce_all();
  context_.timers.schedule(announce_timer_, context_.now() + kAnnounceInterval);
  routers_.solicit(output_);
}

void NeighbourDiscovery::announce_all() {
  for_each_own([&](const NeighbourKey& own, State state) {
    if (state == State::kValid) announce_one(own);
  });
}

// RFC 4861 7.2.6.
void NeighbourDiscovery::announce_one(const NeighbourKey& own) {
  const wire::IpPair ends{own.address, kAllNodes};
  const wire::NeighbourAdvertisement here{.override = true, .target = own.address, .target_mac = config_[own.link].mac};
  output_.send(own.link, group_mac(kAllNodes), ends,
               wire::NeighbourAdvertisement::kBytes + wire::kLinkAddressOptionBytes,
               [&](std::span<std::byte> out) { wire::emit_neighbour_advertisement(here, ends, out); });
}

template <typename Visit>
void NeighbourDiscovery::for_each_own(Visit&& visit) {
  for (uint16_t i = 0; i < config_.links.size(); ++i) {
    for (const policy::InterfaceAddress& own : config_.links[i].addresses) {
      if (own.address.is_v4()) continue;
      visit(NeighbourKey{LinkIndex{i}, own.address}, *local_.state_of(LinkIndex{i}, own.address));
    }
  }
}

}  // namespace sluice::net
