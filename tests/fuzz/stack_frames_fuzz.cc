// Frames into a whole stack, from Ethernet to the users of TCP, in every state that an honest peer and a hostile one
// can bring it into together.
//
// Three hosts are on the link. The stack under test listens and connects. The honest peer is a whole stack of its own;
// the program decides when its frames arrive, in which order, twice or never. The hostile one knows every number on the
// wire: it holds connections of its own, and forges the honest peer's address on segments without text, ICMP, ARP and
// neighbour discovery, and would be everybody's router. The input is a program: an operation a byte, its operands
// behind it; the clock moves by it alone. The first byte says how the stack under test is set up: TCP, whether it asks
// for duplicates of its addresses, whether it uses routers that advertise themselves, and whether its port carries
// VLANs.
//
// Checked: what a user reads of the honest peer is a prefix of what that has written, and the other way; tables keep
// their bounds; when all is over, every connection, packet and slice has come back.
#include <cstdint>
#include <deque>
#include <vector>

#include "base/byte_reader.h"
#include "fuzz/flow_observer.h"
#include "fuzz/frames.h"
#include "fuzz/stream_users.h"
#include "support/tcp_host.h"

namespace sluice::fuzz {
namespace {

constexpr Duration kSegmentLifetime = Duration::seconds(60);  // no frame arrives later (RFC 9293 3.4.1: MSL)

const Host kUs{{{2, 0, 0, 0, 0, 1}}, *IpAddress::parse("198.18.0.1"), *IpAddress::parse("2001:db8::1")};
const Host kHonest{{{2, 0, 0, 0, 0, 2}}, *IpAddress::parse("198.18.0.2"), *IpAddress::parse("2001:db8::2")};
const Host kHostile{{{2, 0, 0, 0, 0, 66}}, *IpAddress::parse("198.18.0.66"), *IpAddress::parse("2001:db8::66")};

// Where the port carries VLANs: the one of all three hosts, another of the stack under test and the hostile host, and
// one that nobody is on.
constexpr uint16_t kTag = 12;
constexpr uint16_t kOtherTag = 13;
constexpr uint16_t kNobodysTag = 14;
const IpAddress kUsOnOther = *IpAddress::parse("198.18.1.1");
const IpAddress kHostileOnOther = *IpAddress::parse("198.18.1.66");

// Behind a router. The hostile host has the addresses of eight, fe80::60 to ::67.
const IpAddress kFar = *IpAddress::parse("2001:db8:f::7");
const IpAddress kUsLocal = *IpAddress::parse("fe80::1");
constexpr IpAddress router(unsigned n) {
  return IpAddress::v6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(0x60 + n % 8)});
}
bool is_router(const IpAddress& address) {
  return address == router(address.bytes()[15]);
}

tcp::Settings settings_of(uint8_t bits) {
  tcp::Settings s{.max_connections = 8, .max_half_open = 2, .max_time_wait = 2, .max_out_of_order_segments = 32};
  s.receive_buffer_bytes = (bits & 1) != 0 ? 4'096 : 100'000;
  s.send_buffer_bytes = 16'384;
  s.nagle = (bits & 2) != 0;
  if ((bits & 4) != 0) s.keep_alive_idle = Duration::seconds(5);
  s.ecn = (bits & 8) != 0;
  if ((bits & 16) != 0) s.congestion = tcp::Congestion::kNewReno;
  return s;
}

// What the first byte of the input chooses.
struct Setup {
  explicit Setup(uint8_t bits)
      : tcp(settings_of(bits)),
        detects_duplicates((bits & 32) != 0),
        uses_routers((bits & 64) != 0),
        tagged((bits & 128) != 0) {}

  tcp::Settings tcp;
  bool detects_duplicates;
  bool uses_routers;
  bool tagged;
};

test::TcpHostConfig config_of(const Host& host, const tcp::Settings& tcp, uint64_t seed) {
  test::TcpHostConfig config{.port = {.mac = host.mac}, .routes = {}, .tcp = tcp, .seed = seed, .packets = kPackets};
  config.port.addresses = {{host.v4, *Cidr::parse("198.18.0.0/24")}, {host.v6, *Cidr::parse("2001:db8::/64")}};
  config.port.ipv6.duplicate_address_detection = false;
  return config;
}

test::TcpHostConfig config_of_us(const Setup& setup) {
  test::TcpHostConfig config = config_of(kUs, setup.tcp, 1);
  config.port.ipv6.duplicate_address_detection = setup.detects_duplicates;
  if (setup.uses_routers) {
    config.port.ipv6.router_advertisements = policy::RouterAdvertisements::kUse;
    config.port.addresses.push_back({kUsLocal, *Cidr::parse("fe80::/64")});
  }
  if (setup.tagged) {
    config.port.vlan = kTag;
    config.vlans = {{kOtherTag, {kUsOnOther, *Cidr::parse("198.18.1.0/24")}}};
  }
  return config;
}

test::TcpHostConfig config_of_honest(const Setup& setup) {
  test::TcpHostConfig config = config_of(kHonest, settings_of(0), 2);
  if (setup.tagged) config.port.vlan = kTag;
  return config;
}

class Program {
 public:
  explicit Program(std::span<const std::byte> input)
      : reader_(input),
        setup_(reader_.u8()),
        us_(config_of_us(setup_), &Program::honest_to_us, this),
        honest_(config_of_honest(setup_), &Program::us_to_honest, this) {
    introduce_hostile();
    deliver_all();
  }

  void run() {
    while (reader_.ok() && reader_.left() > 0) {
      step();
      collect();
      const tcp::Stack& stack = us_.host.tcp;
      const tcp::Settings& settings = setup_.tcp;
      check(stack.connections() <= settings.max_connections && stack.half_open() <= settings.max_half_open &&
            stack.time_wait() <= settings.max_time_wait);
    }
    hoard_.clear();
    check(us_.end());
    check(honest_.end());
  }

 private:
  struct Sent {
    Instant at;
    Bytes bytes;
  };
  using Queue = std::deque<Sent>;

  // What the honest peer's own numbers carry is its stream.
  static bool honest_to_us(void* self, const tcp::Connection& c) {
    const tcp::FourTuple sender{c.tuple().remote, c.tuple().local};
    return static_cast<Program*>(self)->seen_of_honest_.has_begun(sender, c.tcb().receiver.irs().raw());
  }
  // Unless somebody else has opened connections in the honest peer's name.
  static bool us_to_honest(void* self, const tcp::Connection&) { return !static_cast<Program*>(self)->forged_syn_; }

  void step() {
    switch (reader_.u8() % 20) {
      case 0:
        return pass(Duration::milliseconds(reader_.u8()));
      case 1:
        return pass(Duration::milliseconds(reader_.u16() * int64_t{4}));
      case 2:
      case 3:
        return act(us_);
      case 4:
      case 5:
        return act(honest_);
      case 6:
        us_.connect({kHonest.address(reader_.u8() & 1), kServed});
        return us_.host.finish_turn();
      case 7:
        us_.connect({hostile_address(reader_.u8()), Port{5000}});
        return us_.host.finish_turn();
      case 8:
        honest_.connect({kUs.address(reader_.u8() & 1), kServed});
        return honest_.host.finish_turn();
      case 9:
        return disturb(reader_.u8());
      case 10:
        return neighbours(reader_.u8());
      case 11:
        return icmp();
      case 12:
        return starve(reader_.u8());
      case 13:
        return raw();
      case 14:
      case 15:
        return deliver_all();
      case 18:
        return discovery(reader_.u8());
      default:
        return segment();
    }
  }

  void act(Application& who) {
    const uint8_t which = reader_.u8();
    const uint8_t what = reader_.u8();
    who.act(which, what, reader_.u16());
  }

  // --- the link

  void collect() {
    for (auto& sent = us_.host.sent(); !sent.empty(); sent.pop_front()) {
      const auto& frame = sent.front();
      seen_of_us_.note(frame.bytes);
      const auto link = wire::parse_ethernet(frame.bytes);
      check(link.has_value());
      const wire::MacAddress& to = link->header.destination;
      if (to == kHonest.mac || to.is_group()) to_honest_.push_back({frame.sent_at, frame.bytes});
      if (!mute_ && (to == kHostile.mac || to.is_group())) answer_for_hostile(*link, frame.bytes);
    }
    for (auto& sent = honest_.host.sent(); !sent.empty(); sent.pop_front()) {
      seen_of_honest_.note(sent.front().bytes);
      to_us_.push_back({sent.front().sent_at, sent.front().bytes});
    }
  }

  void deliver(Queue& queue, test::TcpHost& host) {
    const Sent frame = std::move(queue.front());
    queue.pop_front();
    if (host.worker.clock.now() - frame.at > kSegmentLifetime) return;
    static_cast<void>(host.receive(frame.bytes));  // without a packet for it, it is lost
  }
  // What is under way, and what it calls forth; bounded, as two hosts may go on for ever.
  void deliver_all() {
    for (int i = 0; i < 64; ++i) {
      collect();
      if (to_us_.empty() && to_honest_.empty()) return;
      if (!to_us_.empty()) deliver(to_us_, us_.host);
      if (!to_honest_.empty()) deliver(to_honest_, honest_.host);
    }
  }
  void disturb(uint8_t how) {
    Queue& queue = how & 1 ? to_us_ : to_honest_;
    if (queue.empty()) return;
    switch (how >> 1 & 3) {
      case 0:
        return queue.pop_front();
      case 1:
        return queue.push_back(queue.front());
      case 2:
        queue.push_back(std::move(queue.front()));
        return queue.pop_front();
      default:
        return how & 1 ? deliver(to_us_, us_.host) : deliver(to_honest_, honest_.host);
    }
  }
  void pass(Duration d) {
    us_.host.worker.advance(d);
    honest_.host.worker.advance(d);
  }

  // --- the hostile host

  void inject(const Bytes& frame) { static_cast<void>(us_.host.receive(frame)); }
  void inject_arp(const wire::MacAddress& to, const wire::ArpPacket& arp) {
    inject(framed(kHostile.mac, to, wire::EtherType::kArp, arp_packet(arp), tag_of(arp.target_ip)));
  }
  void inject_packet(const Bytes& packet, const Tag& tag) {
    inject(framed(kHostile.mac, kUs.mac, type_of(packet), packet, tag));
  }
  void inject_packet(const IpPair& ends, const Bytes& packet) { inject_packet(packet, tag_of(ends.destination)); }
  void inject_icmpv6(const IpPair& ends, const Bytes& message) {
    const Bytes packet = ip_packet(ends, wire::IpProtocol::kIcmpV6, message);
    if (!net::is_ipv6_group(ends.destination)) return inject_packet(ends, packet);
    inject_to_group(ends, packet);
  }
  void inject_to_group(const IpPair& ends, const Bytes& packet) {
    const wire::MacAddress to = net::group_mac(ends.destination);
    inject(framed(kHostile.mac, to, wire::EtherType::kIpv6, packet, tag_of(ends.destination)));
  }
  // The network that an address of ours is on.
  Tag tag_of(const IpAddress& ours) const {
    if (!setup_.tagged) return std::nullopt;
    return ours == kUsOnOther ? kOtherTag : kTag;
  }
  // Of the hostile host: on our network, on the other, or far behind it.
  static const IpAddress& hostile_address(uint8_t which) {
    if ((which & 2) == 0) return kHostile.address(which & 1);
    return which & 1 ? kFar : kHostileOnOther;
  }

  void introduce_hostile() {
    inject_arp(wire::MacAddress::broadcast(),
               {.sender_mac = kHostile.mac, .sender_ip = kHostile.v4, .target_ip = kUs.v4});
    const IpPair ends{kHostile.v6, net::solicited_node(kUs.v6)};
    inject_icmpv6(ends, neighbour_solicitation(ends, {kUs.v6, kHostile.mac}));
  }

  void answer_for_hostile(const wire::ParsedEthernet& link, std::span<const std::byte> frame) {
    const auto payload = frame.subspan(link.header_bytes);
    if (link.header.type == wire::EtherType::kArp) {
      const auto arp = wire::parse_arp(payload);
      const bool asked = arp && arp->operation == wire::ArpPacket::Operation::kRequest;
      if (asked && (arp->target_ip == kHostile.v4 || arp->target_ip == kHostileOnOther)) {
        tell_neighbour(arp->target_ip, kHostile.mac);
      }
    } else if (const auto ip = wire::parse_ipv6(payload); ip && ip->next_header == wire::IpProtocol::kIcmpV6) {
      const auto asked = wire::parse_neighbour_solicitation(payload.subspan(wire::Ipv6Header::kBytes));
      if (asked && (asked->target == kHostile.v6 || is_router(asked->target))) {
        tell_neighbour(asked->target, kHostile.mac);
      }
    }
  }
  void tell_neighbour(const IpAddress& whose, const wire::MacAddress& mac) {
    if (whose.is_v4()) {
      return inject_arp(kUs.mac, {.operation = wire::ArpPacket::Operation::kReply,
                                  .sender_mac = mac,
                                  .sender_ip = whose,
                                  .target_mac = kUs.mac,
                                  .target_ip = whose == kHostileOnOther ? kUsOnOther : kUs.v4});
    }
    const IpPair ends{whose, kUs.v6};
    inject_icmpv6(
        ends, neighbour_advertisement(ends, {.solicited = true, .override = true, .target = whose, .target_mac = mac}));
  }

  // What goes to more hosts than us, or is about more than one neighbour.
  void discovery(uint8_t how) {
    const IpAddress& ours = how & 4 ? kUsLocal : kUs.v6;
    switch (how % 4) {
      case 0: {  // another asks whether it may have our address (RFC 4862 5.4)
        const IpPair ends{IpAddress(), net::solicited_node(how & 8 ? kHonest.v6 : ours)};
        const auto mac = how & 16 ? std::optional(kHostile.mac) : std::nullopt;
        return inject_icmpv6(ends, neighbour_solicitation(ends, {ours, mac}));
      }
      case 1: {  // or has it
        const IpPair ends{how & 8 ? ours : kHostile.v6, net::kAllNodes};
        const auto mac = how & 16 ? std::nullopt : std::optional(kHostile.mac);
        return inject_icmpv6(ends, neighbour_advertisement(ends, {.router = (how & 32) != 0,
                                                                  .solicited = (how & 64) != 0,
                                                                  .override = (how & 128) != 0,
                                                                  .target = ours,
                                                                  .target_mac = mac}));
      }
      case 2: {
        const uint16_t lifetime_s = reader_.u16();
        Bytes timers_and_options(8);
        append_input(timers_and_options, reader_.u8() % 32);
        const IpPair ends{how & 8 ? kHostile.v6 : router(how >> 5), how & 4 ? net::kAllNodes : kUs.v6};
        return inject_icmpv6(ends, icmp_message(ends, static_cast<uint8_t>(wire::IcmpV6Type::kRouterAdvertisement), 0,
                                                lifetime_s, timers_and_options));
      }
      default: {
        const IpPair ends{how & 4 ? router(how >> 5) : kHostile.v6,
                          how & 8 ? net::solicited_node(ours) : net::kAllNodes};
        const wire::IpProtocol protocol{reader_.u8()};
        Bytes payload;
        append_input(payload, reader_.u8() % 64);
        return inject_to_group(ends, ip_packet(ends, protocol, payload));
      }
    }
  }
  void append_input(Bytes& to, size_t n) {
    const auto bytes = reader_.take(std::min(n, reader_.left()));
    to.insert(to.end(), bytes.begin(), bytes.end());
  }

  // Lies about who is where, or silence.
  void neighbours(uint8_t how) {
    if (how % 8 == 7) {
      mute_ = !mute_;
      return;
    }
    const Host& whose = how % 3 == 0 ? kHostile : how % 3 == 1 ? kHonest : kUs;
    tell_neighbour(whose.address(how & 16), how & 32 ? kHonest.mac : kHostile.mac);
  }

  // A flow that the wire has shown, or one of the hostile host's that may be new; `local` is ours.
  tcp::FourTuple choose_flow() {
    const uint8_t pick = reader_.u8();
    const auto& flows = seen_of_us_.flows();
    if ((pick & 0x80) != 0 && !flows.empty()) return flows[pick % flows.size()].tuple;
    const bool v6 = pick & 1;
    const bool elsewhere = pick & 16;
    const IpAddress& ours = elsewhere && !v6 ? kUsOnOther : kUs.address(v6);
    return {{ours, Port{static_cast<uint16_t>(pick & 8 ? 81 : 80)}},
            {hostile_address(static_cast<uint8_t>((elsewhere ? 2 : 0) + v6)),
             Port{static_cast<uint16_t>(5000 + (pick >> 1 & 3))}}};
  }
  Shown shown_of(const tcp::FourTuple& tuple) {
    const Shown* shown = seen_of_us_.find(tuple);
    return shown == nullptr ? Shown{.tuple = tuple} : *shown;
  }

  // The operands say how far the numbers are from those that would be right.
  wire::TcpHeader choose_header(const tcp::FourTuple& tuple, uint8_t shape) {
    const uint8_t flags = reader_.u8();
    wire::TcpHeader h{.source_port = tuple.remote.port, .destination_port = tuple.local.port};
    h.flags = {.fin = (flags & 1) != 0,
               .syn = (flags & 2) != 0,
               .rst = (flags & 4) != 0,
               .psh = (flags & 8) != 0,
               .ack = (flags & 16) != 0,
               .urg = (flags & 32) != 0,
               .ece = (flags & 64) != 0,
               .cwr = (flags & 128) != 0};
    const Shown shown = shown_of(tuple);
    const uint32_t expected = h.flags.syn ? kHostileIss : shown.ack;
    h.seq = expected + (shape & 1 ? static_cast<int8_t>(reader_.u8()) : 0) + (shape & 2 ? reader_.u16() : 0);
    h.ack = (shape & 4 ? shown.iss : shown.seq) + (shape & 8 ? reader_.u16() : 1);
    h.window = shape & 16 ? reader_.u16() : 65'535;
    if (shape & 32) h.options.timestamps = {hostile_clock_ += reader_.u8(), shown.tsval};
    if (h.flags.syn && shape & 64) {
      h.options.mss = reader_.u16();
      h.options.window_scale = static_cast<uint8_t>(reader_.u8() % 15);
      h.options.sack_permitted = true;
    } else if (shape & 64) {
      // Near where we are: blocks ahead of it, and, before them, what tells of duplicates (RFC 2883).
      const uint8_t blocks = reader_.u8();
      h.options.sack_count = 1 + (blocks & 1);
      for (size_t i = 0; i < h.options.sack_count; ++i) {
        const uint32_t left = shown.seq + static_cast<uint32_t>(static_cast<int16_t>(reader_.u16()));
        h.options.sack[i] = {left, left + reader_.u16()};
      }
    }
    return h;
  }

  void segment() {
    const tcp::FourTuple tuple = choose_flow();
    const bool forged = kHonest.has(tuple.remote.address);
    const uint8_t shape = reader_.u8();
    const wire::TcpHeader h = choose_header(tuple, shape);
    forged_syn_ |= forged && h.flags.syn;
    const size_t text_bytes = shape & 128 && !forged ? reader_.u16() % 1400 : 0;
    Bytes bytes(wire::tcp_header_bytes(h.options) + text_bytes);
    const size_t head = wire::emit_tcp_header(h, bytes);
    for (size_t i = head; i < bytes.size(); ++i)
      bytes[i] = pattern(h.seq - kHostileIss - 1 + static_cast<uint32_t>(i - head));
    const uint8_t how = reader_.u8();
    if (how & 1 && !forged) mutate(bytes);
    const IpPair ends{tuple.remote.address, tuple.local.address};
    finish_tcp(ends, bytes);
    if (how & 2) return inject_fragments(ends, bytes);
    const Tag tag = how & 8 ? Tag(kNobodysTag) : how & 16 ? Tag(0) : tag_of(ends.destination);
    inject_packet(how & 4 ? with_options(ends, bytes) : ip_packet(ends, wire::IpProtocol::kTcp, bytes, how >> 6), tag);
  }

  // Over IPv4 whatever options the input says.
  Bytes with_options(const IpPair& ends, const Bytes& segment) {
    if (!ends.source.is_v4()) {
      return ip_packet(ends, wire::IpProtocol::kDestinationOptions, behind_options(wire::IpProtocol::kTcp, segment));
    }
    Bytes options;
    append_input(options, reader_.u8() % 41);
    options.resize(options.size() / 4 * 4);
    return with_ipv4_options(ip_packet(ends, wire::IpProtocol::kTcp, segment), options);
  }

  // Of a segment's header and what follows, behind the ports.
  void mutate(Bytes& segment) {
    constexpr size_t kPorts = 4;
    for (int i = 0; i < 3; ++i) {
      const size_t at = kPorts + reader_.u8() % (segment.size() - kPorts);
      segment[at] ^= static_cast<std::byte>(reader_.u8());
    }
  }

  void inject_fragments(const IpPair& ends, const Bytes& segment) {
    const uint8_t how = reader_.u8();
    const size_t cut = std::min<size_t>(8 + how % 4 * 8, segment.size() / 8 * 8);
    const uint8_t marks = reader_.u8();
    FragmentPlace place{
        .identification = uint16_t(how >> 4), .more = true, .traffic_class = static_cast<uint8_t>(marks & 3)};
    const Bytes first = ip_fragment(ends, wire::IpProtocol::kTcp, place, std::span(segment).first(cut));
    place.more = how & 4;
    place.offset = static_cast<uint16_t>(how & 8 ? cut / 2 / 8 * 8 : cut);
    place.traffic_class = marks >> 2 & 3;
    const Bytes second = ip_fragment(ends, wire::IpProtocol::kTcp, place, std::span(segment).subspan(cut));
    inject_packet(ends, how & 1 ? second : first);
    if ((how & 2) == 0) inject_packet(ends, how & 1 ? first : second);
  }

  // Echo requests, and errors that quote a segment of ours.
  void icmp() {
    const tcp::FourTuple tuple = choose_flow();
    const uint8_t type = reader_.u8();
    const uint8_t code = reader_.u8() % 8;
    const bool v6 = !tuple.local.address.is_v4();
    Bytes quoted(wire::TcpHeader::kMinBytes);
    wire::emit_tcp_header({.source_port = tuple.local.port,
                           .destination_port = tuple.remote.port,
                           .seq = shown_of(tuple).seq + reader_.u8()},
                          quoted);
    const Bytes quote = ip_packet({tuple.local.address, tuple.remote.address}, wire::IpProtocol::kTcp, quoted);
    const IpPair ends{kHostile.address(v6), tuple.local.address};
    inject_packet(ends, ip_packet(ends, v6 ? wire::IpProtocol::kIcmpV6 : wire::IpProtocol::kIcmp,
                                  icmp_message(ends, type, code, reader_.u16(), quote)));
  }

  void raw() {
    const auto bytes = reader_.take(std::min<size_t>(reader_.u8(), reader_.left()));
    const uint8_t protocol = bytes.empty() ? 0 : std::to_integer<uint8_t>(bytes[0]);
    // A segment with whatever content may be one of the honest peer's only by its address, which this is not.
    const IpPair ends{kHostile.address(protocol & 128), kUs.address(protocol & 128)};
    inject_packet(ends, ip_packet(ends, wire::IpProtocol{static_cast<uint8_t>(protocol & 127)}, bytes));
  }

  void starve(uint8_t left) {
    hoard_.clear();
    PacketPool& packets = *us_.host.worker.packets;
    while (left < 128 && packets.available() > left) hoard_.push_back(packets.try_allocate());
  }

  static constexpr uint32_t kHostileIss = 0xffffff00;  // so that sequence numbers wrap

  ByteReader reader_;
  const Setup setup_;
  Observer seen_of_us_;
  Observer seen_of_honest_;
  bool forged_syn_ = false;
  bool mute_ = false;
  uint32_t hostile_clock_ = 0;
  Application us_;
  Application honest_;
  Queue to_us_;
  Queue to_honest_;
  std::vector<Packet> hoard_;
};

}  // namespace
}  // namespace sluice::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 2048) return 0;
  sluice::fuzz::Program(std::as_bytes(std::span(data, size))).run();
  return 0;
}
