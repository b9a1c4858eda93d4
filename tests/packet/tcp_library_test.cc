// libsluice_tcp_test.so as a packet script uses it: raw frames against its C interface, nothing else of Sluice's stack.
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "packet/tcp_library_example.h"
#include "support/sluice_tcp_test.h"
#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp_header.h"

namespace sluice {
namespace {

using Bytes = std::vector<std::byte>;

constexpr wire::MacAddress kOurMac{{0x02, 0, 0, 0, 0, 0x01}};
constexpr wire::MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x99}};
constexpr IpAddress kOurs = IpAddress::v4(0xC6120001);
constexpr IpAddress kPeer = IpAddress::v4(0xC6120002);
constexpr uint32_t kPeerIss = 1000;
constexpr int64_t kMillisecond = 1'000'000;

struct Sent {
  wire::TcpHeader header;
  std::string text;
  int64_t at_ns;
};

// One stack and a peer of raw frames on its wire.
struct TcpLibrary : testing::Test {
  TcpLibrary() { stack = sluice_stack_create(nullptr); }
  ~TcpLibrary() override { sluice_stack_destroy(stack); }

  void ethernet(wire::EtherType type, const Bytes& payload, wire::MacAddress to = kOurMac) {
    const wire::EthernetHeader header{.destination = to, .source = kPeerMac, .type = type};
    Bytes frame(wire::ethernet_header_bytes(header));
    wire::emit_ethernet(header, frame);
    frame.insert(frame.end(), payload.begin(), payload.end());
    ASSERT_EQ(sluice_frame_in(stack, frame.data(), frame.size()), 0);
  }

  void arp(wire::ArpPacket::Operation operation, IpAddress target) {
    Bytes bytes(wire::ArpPacket::kBytes);
    wire::emit_arp({.operation = operation, .sender_mac = kPeerMac, .sender_ip = kPeer, .target_ip = target}, bytes);
    ethernet(wire::EtherType::kArp, bytes);
  }

  static Bytes segment(wire::TcpHeader header, const std::string& text) {
    header.source_port = Port{50'000};
    header.destination_port = Port{80};
    Bytes bytes(wire::tcp_header_bytes(header.options) + text.size());
    wire::emit_tcp_header(header, bytes);
    if (!text.empty()) std::memcpy(bytes.data() + bytes.size() - text.size(), text.data(), text.size());
    auto sum = wire::pseudo_header_sum(kPeer, kOurs, 6, static_cast<uint32_t>(bytes.size()));
    sum.add(bytes);
    wire::store_u16(bytes.data() + wire::kTcpChecksumOffset, sum.checksum());
    return bytes;
  }

  void deliver(const Bytes& segment) {
    const wire::Ipv4Header ip{.total_length = static_cast<uint16_t>(20 + segment.size()),
                              .protocol = wire::IpProtocol::kTcp,
                              .source = kPeer,
                              .destination = kOurs};
    Bytes packet(wire::Ipv4Header::kMinBytes);
    wire::emit_ipv4(ip, true, packet);
    packet.insert(packet.end(), segment.begin(), segment.end());
    ethernet(wire::EtherType::kIpv4, packet);
  }

  // seq and ack count from each side's SYN.
  void send(wire::TcpFlags flags, uint32_t seq, uint32_t ack, const std::string& text = {}) {
    wire::TcpHeader header{.seq = kPeerIss + seq, .ack = flags.ack ? iss + ack : 0, .flags = flags, .window = 60'000};
    if (flags.syn) header.options.mss = 1460;
    deliver(segment(header, text));
  }

  // The next TCP segment on the wire, ARP answered on the way.
  std::optional<Sent> next() {
    Bytes frame(2048);
    int64_t at = 0;
    for (int n; (n = sluice_frame_out(stack, frame.data(), frame.size(), &at)) > 0;) {
      const std::span<const std::byte> bytes(frame.data(), static_cast<size_t>(n));
      const auto link = wire::parse_ethernet(bytes);
      const auto payload = bytes.subspan(link->header_bytes);
      if (link->header.type == wire::EtherType::kArp) {
        const auto asked = wire::parse_arp(payload);
        if (asked->target_ip == kPeer) arp(wire::ArpPacket::Operation::kReply, kOurs);
        continue;
      }
      const auto tcp = payload.subspan(wire::Ipv4Header::kMinBytes);
      auto sum = wire::pseudo_header_sum(kOurs, kPeer, 6, static_cast<uint32_t>(tcp.size()));
      sum.add(tcp);
      EXPECT_EQ(sum.checksum(), 0);
      const auto parsed = wire::parse_tcp_header(tcp);
      const auto text = tcp.subspan(parsed->header_bytes);
      return Sent{parsed->header, std::string(reinterpret_cast<const char*>(text.data()), text.size()), at};
    }
    return std::nullopt;
  }

  void establish() {
    listener = sluice_listen(stack, "0.0.0.0", 80);
    send({.syn = true}, 0, 0);
    const auto syn_ack = next();
    ASSERT_TRUE(syn_ack && syn_ack->header.flags.syn && syn_ack->header.flags.ack);
    iss = syn_ack->header.seq;
    send({.ack = true}, 1, 1);
    socket = sluice_accept(stack, listener);
    ASSERT_GT(socket, 0);
  }

  int64_t write(const std::string& text) { return sluice_write(stack, socket, text.data(), text.size()); }
  std::string state() { return sluice_state_of(stack, "198.18.0.1", 80, "198.18.0.2", 50'000); }

  sluice_stack* stack = nullptr;
  sluice_socket listener = 0;
  sluice_socket socket = 0;
  uint32_t iss = 0;
};

TEST(TcpLibraryExample, TwoStacksGreetEachOther) {
  EXPECT_EQ(greet_each_other(), 0);
}

TEST_F(TcpLibrary, AnnouncesItselfAndAnswersArp) {
  Bytes frame(2048);
  ASSERT_GT(sluice_frame_out(stack, frame.data(), frame.size(), nullptr), 0);  // gratuitous
  EXPECT_EQ(sluice_frame_out(stack, frame.data(), frame.size(), nullptr), 0);
  arp(wire::ArpPacket::Operation::kRequest, kOurs);
  const int n = sluice_frame_out(stack, frame.data(), frame.size(), nullptr);
  ASSERT_GE(n, 42);
  const auto reply = wire::parse_arp(std::span<const std::byte>(frame).subspan(14));
  EXPECT_EQ(reply->operation, wire::ArpPacket::Operation::kReply);
  EXPECT_EQ(reply->sender_mac, kOurMac);
}

// RFC 9293 3.9.1, MUST-46: no SYN leaves, and nobody is asked for.
TEST(TcpLibraryConnect, ToWhatCanBeNoOtherHosts_IsUnreachable) {
  sluice_stack_config config;
  sluice_stack_defaults(&config);
  config.addresses = "198.18.0.1/24,2001:db8::1/64";
  config.routes = "0.0.0.0/0=198.18.0.254,::/0=2001:db8::fe";
  sluice_stack* stack = sluice_stack_create(&config);
  ASSERT_NE(stack, nullptr);
  Bytes frame(2048);
  while (sluice_frame_out(stack, frame.data(), frame.size(), nullptr) > 0) {
  }
  for (const char* address : {"255.255.255.255", "224.0.0.1", "0.0.0.0", "127.0.0.1", "240.0.0.1", "198.18.0.255",
                              "198.18.0.0", "198.18.0.1", "::", "::1", "ff02::1", "2001:db8::1"}) {
    EXPECT_EQ(sluice_connect(stack, address, 80), SLUICE_UNREACHABLE) << address;
  }
  EXPECT_EQ(sluice_frame_out(stack, frame.data(), frame.size(), nullptr), 0);
  EXPECT_GT(sluice_connect(stack, "198.18.0.2", 80), 0);
  sluice_stack_destroy(stack);
}

// What sluice_stack_create() promises: all addresses at once, and once more after two seconds.
TEST(TcpLibraryStart, AddressesAreAnnouncedAtOnceAndAfterTwoSeconds) {
  sluice_stack_config config;
  sluice_stack_defaults(&config);
  config.addresses = "198.18.0.1/24,2001:db8::1/64,fe80::1/64";
  sluice_stack* stack = sluice_stack_create(&config);
  ASSERT_NE(stack, nullptr);
  const auto frames = [&] {
    Bytes frame(2048);
    int n = 0;
    while (sluice_frame_out(stack, frame.data(), frame.size(), nullptr) > 0) ++n;
    return n;
  };
  EXPECT_EQ(frames(), 3);
  sluice_advance(stack, 1'990 * kMillisecond);
  EXPECT_EQ(frames(), 0);
  sluice_advance(stack, 20 * kMillisecond);
  EXPECT_EQ(frames(), 3);
  sluice_advance(stack, 60'000 * kMillisecond);
  EXPECT_EQ(frames(), 0);
  sluice_stack_destroy(stack);
}

TEST(TcpLibraryStart, OptionsTurnedOff_AreNotOffered) {
  sluice_stack* stack = sluice_stack_create_with(nullptr, "timestamps=0,window_scale=0,syn_retries=3");
  ASSERT_NE(stack, nullptr);
  EXPECT_EQ(sluice_stack_create_with(nullptr, "syn_retries=256"), nullptr);
  EXPECT_EQ(sluice_stack_create_with(nullptr, "timestamps=2"), nullptr);
  sluice_stack_destroy(stack);
}

TEST_F(TcpLibrary, Handshake_MakesASocketToAccept) {
  EXPECT_EQ(sluice_accept(stack, 77), SLUICE_INVALID);
  establish();
  EXPECT_STREQ(sluice_state(stack, listener), "LISTEN");
  EXPECT_STREQ(sluice_state(stack, socket), "ESTABLISHED");
  EXPECT_EQ(sluice_accept(stack, listener), SLUICE_AGAIN);
  sluice_tuple tuple;
  ASSERT_EQ(sluice_get_tuple(stack, socket, &tuple), 0);
  EXPECT_STREQ(tuple.remote, "198.18.0.2");
  EXPECT_EQ(tuple.remote_port, 50'000);
}

TEST_F(TcpLibrary, WrongChecksum_IsDroppedAndCounted) {
  establish();
  Bytes bad = segment({.seq = kPeerIss + 1, .ack = iss + 1, .flags = {.ack = true}}, "x");
  bad.back() ^= std::byte{1};
  deliver(bad);
  EXPECT_EQ(sluice_counter(stack, "drops_total{room=\"tcp\",reason=\"bad_checksum\"}"), 1);
  EXPECT_EQ(sluice_counter(stack, "no such metric"), SLUICE_INVALID);
}

TEST_F(TcpLibrary, DataGoesBothWays) {
  establish();
  char text[16];
  EXPECT_EQ(sluice_read(stack, socket, text, sizeof text), SLUICE_AGAIN);
  send({.psh = true, .ack = true}, 1, 1, "request");
  ASSERT_EQ(sluice_read(stack, socket, text, sizeof text), 7);
  EXPECT_EQ(std::string(text, 7), "request");
  EXPECT_EQ(write("answer"), 6);
  const auto answer = next();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "answer");
  EXPECT_EQ(answer->header.ack, kPeerIss + 8);
}

TEST_F(TcpLibrary, LostSegment_ComesAgainWithTime) {
  establish();
  write("answer");
  const auto first = next();
  ASSERT_TRUE(first);
  while (!sluice_counter(stack, "tcp_retransmission_timeouts_total") && sluice_now(stack) < 5'000 * kMillisecond) {
    ASSERT_EQ(sluice_advance(stack, sluice_next_timer(stack)), 0);
  }
  std::optional<Sent> again;
  while (const auto s = next()) again = s;
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text, first->text);
  EXPECT_EQ(again->header.seq, first->header.seq);
  EXPECT_GE(again->at_ns - first->at_ns, 200 * kMillisecond);
  sluice_tcp_info info;
  ASSERT_EQ(sluice_get_tcp_info(stack, socket, &info), 0);
  EXPECT_EQ(info.backoff, 1);
  EXPECT_EQ(info.flight_bytes, 6u);
}

TEST_F(TcpLibrary, Figures_FollowTheConnection) {
  establish();
  write(std::string(3000, 'x'));
  sluice_tcp_info info;
  ASSERT_EQ(sluice_get_tcp_info(stack, socket, &info), 0);
  EXPECT_EQ(info.snd_una, iss + 1);
  EXPECT_EQ(info.snd_nxt, iss + 3001);
  EXPECT_EQ(info.rcv_nxt, kPeerIss + 1);
  EXPECT_EQ(info.flight_bytes, 3000u);
  EXPECT_EQ(info.snd_wnd_bytes, 60'000u);
  EXPECT_EQ(info.mss_bytes, 1460u);
  EXPECT_EQ(info.cwnd_bytes, 14'600u);
  sluice_advance(stack, 10 * kMillisecond);
  send({.ack = true}, 1, 3001);
  ASSERT_EQ(sluice_get_tcp_info(stack, socket, &info), 0);
  EXPECT_EQ(info.flight_bytes, 0u);
  EXPECT_EQ(info.srtt_us, 1250u);  // the handshake took no time: RFC 6298 2.3
}

TEST_F(TcpLibrary, Counts_TellWhatTheFlightIsMadeOf) {
  establish();
  sluice_tcp_counts counts;
  ASSERT_EQ(sluice_get_tcp_counts(stack, socket, &counts, sizeof counts), 0);
  EXPECT_EQ(counts.sent_again, 0u);
  EXPECT_EQ(counts.sack, 0);
  EXPECT_EQ(counts.ecn, 0);
  write(std::string(3000, 'x'));
  while (counts.sent_again < 2) {
    ASSERT_EQ(sluice_advance(stack, sluice_next_timer(stack)), 0);
    ASSERT_EQ(sluice_get_tcp_counts(stack, socket, &counts, sizeof counts), 0);
  }
  EXPECT_EQ(counts.in_flight_bytes, 1460u);
  EXPECT_EQ(counts.lost_bytes, 1540u);
  EXPECT_EQ(counts.sacked_bytes, 0u);
  counts.sacked_bytes = 77;  // a caller that knows of one field only
  ASSERT_EQ(sluice_get_tcp_counts(stack, socket, &counts, sizeof counts.sent_again), 0);
  EXPECT_EQ(counts.sacked_bytes, 77u);
  EXPECT_EQ(sluice_get_tcp_counts(stack, listener, &counts, sizeof counts), SLUICE_INVALID);
}

// RFC 9293 3.8.3: what the user says of it holds for the opening, too, and at once.
TEST_F(TcpLibrary, UserTimeout_EndsAConnect) {
  const sluice_socket c = sluice_connect(stack, "198.18.0.2", 50'000);
  ASSERT_GT(c, 0);
  ASSERT_TRUE(next());  // the SYN, behind the question for the peer
  sluice_advance(stack, 2'000 * kMillisecond);
  ASSERT_EQ(sluice_set_option(stack, c, SLUICE_USER_TIMEOUT_NS, 5'000 * kMillisecond), 0);
  sluice_advance(stack, 2'999 * kMillisecond);
  EXPECT_EQ(sluice_connected(stack, c), SLUICE_AGAIN);
  sluice_advance(stack, 2 * kMillisecond);
  EXPECT_EQ(sluice_connected(stack, c), SLUICE_TIMED_OUT);
}

TEST_F(TcpLibrary, Close_GoesThroughItsStates) {
  establish();
  ASSERT_EQ(sluice_close(stack, socket), 0);
  EXPECT_EQ(sluice_read(stack, socket, nullptr, 1), SLUICE_INVALID);
  EXPECT_EQ(state(), "FIN-WAIT-1");
  const auto fin = next();
  ASSERT_TRUE(fin && fin->header.flags.fin);
  send({.ack = true}, 1, 2);
  EXPECT_EQ(state(), "FIN-WAIT-2");
  send({.fin = true, .ack = true}, 1, 2);
  EXPECT_EQ(state(), "TIME-WAIT");
  sluice_advance(stack, 61'000 * kMillisecond);
  EXPECT_EQ(state(), "CLOSED");
}

TEST_F(TcpLibrary, Reset_EndsTheConnection) {
  establish();
  send({.rst = true}, 1, 0);
  char byte;
  EXPECT_EQ(sluice_read(stack, socket, &byte, 1), SLUICE_RESET);
  EXPECT_EQ(write("x"), SLUICE_RESET);
  EXPECT_STREQ(sluice_state(stack, socket), "CLOSED");
}

TEST_F(TcpLibrary, Abort_SendsReset) {
  establish();
  ASSERT_EQ(sluice_abort(stack, socket), 0);
  const auto s = next();
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->header.flags.rst);
}

TEST_F(TcpLibrary, ConnectThatIsRefused_SaysSo) {
  const sluice_socket c = sluice_connect(stack, "198.18.0.2", 50'000);
  ASSERT_GT(c, 0);
  EXPECT_EQ(sluice_connected(stack, c), SLUICE_AGAIN);
  const auto syn = next();
  ASSERT_TRUE(syn && syn->header.flags.syn);
  Bytes rst = segment({.ack = syn->header.seq + 1, .flags = {.rst = true, .ack = true}}, "");
  wire::store_u16(rst.data() + 2, syn->header.source_port.value);
  wire::store_u16(rst.data() + 16, 0);
  auto sum = wire::pseudo_header_sum(kPeer, kOurs, 6, static_cast<uint32_t>(rst.size()));
  sum.add(rst);
  wire::store_u16(rst.data() + 16, sum.checksum());
  deliver(rst);
  EXPECT_EQ(sluice_connected(stack, c), SLUICE_REFUSED);
  EXPECT_EQ(sluice_connect(stack, "203.0.113.1", 80), SLUICE_UNREACHABLE);
}

TEST_F(TcpLibrary, Options_AreSetAndKept) {
  establish();
  int64_t value = 0;
  ASSERT_EQ(sluice_get_option(stack, socket, SLUICE_NAGLE, &value), 0);
  EXPECT_EQ(value, 0);
  ASSERT_EQ(sluice_set_option(stack, socket, SLUICE_NAGLE, 1), 0);
  EXPECT_EQ(sluice_set_option(stack, socket, SLUICE_NAGLE, 2), SLUICE_INVALID);
  EXPECT_EQ(sluice_set_option(stack, socket, 99, 1), SLUICE_INVALID);
  write("a");
  write("b");
  ASSERT_TRUE(next());
  EXPECT_FALSE(next());  // Nagle holds the second
}

TEST_F(TcpLibrary, KeepAlive_CanBeTurnedOnLater) {
  establish();
  ASSERT_EQ(sluice_set_option(stack, socket, SLUICE_KEEP_ALIVE_IDLE_NS, 1'000 * kMillisecond), 0);
  sluice_advance(stack, 1'002 * kMillisecond);
  const auto probe = next();
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->header.seq, iss);
}

TEST_F(TcpLibrary, ImpossibleConfig_MakesNoStack) {
  sluice_stack_config config;
  sluice_stack_defaults(&config);
  config.addresses = "nonsense/24";
  EXPECT_EQ(sluice_stack_create(&config), nullptr);
  sluice_stack_defaults(&config);
  config.mtu = 0;
  EXPECT_EQ(sluice_stack_create(&config), nullptr);
  EXPECT_EQ(sluice_frame_in(stack, nullptr, 1 << 20), SLUICE_INVALID);
}

TEST_F(TcpLibrary, MoreThanTheConfigSays_IsAskedForByName) {
  for (const char* bad :
       {"nonsense=1", "ecn=2", "ecn", "vlan=0:198.19.0.1/24", "vlan=7", "congestion=reno", "resets=x"}) {
    EXPECT_EQ(sluice_stack_create_with(nullptr, bad), nullptr) << bad;
  }
  sluice_stack* other = sluice_stack_create_with(
      nullptr, "detection=1,routers=1,vlan=77:198.19.0.1/24,ecn=0,congestion=newreno,challenge_acks=5,resets=5");
  ASSERT_NE(other, nullptr);
  char frame[2048];
  int untagged = 0;
  int tagged = 0;
  while (const int n = sluice_frame_out(other, frame, sizeof frame, nullptr)) {
    ASSERT_GT(n, 14);
    (frame[12] == '\x81' && frame[15] == 77 ? tagged : untagged) += 1;
  }
  EXPECT_EQ(untagged, 1);  // each network's address is announced on it
  EXPECT_EQ(tagged, 1);
  sluice_stack_destroy(other);
}

TEST_F(TcpLibrary, UsageTellsWhatIsHeld) {
  EXPECT_EQ(sluice_usage_of(stack, SLUICE_PACKETS_LEFT), 4096);
  for (const int usage : {SLUICE_CONNECTIONS, SLUICE_HALF_OPEN, SLUICE_IN_TIME_WAIT}) {
    EXPECT_EQ(sluice_usage_of(stack, usage), 0);
  }
  EXPECT_EQ(sluice_usage_of(stack, 0), SLUICE_INVALID);
  ASSERT_GT(sluice_listen(stack, "0.0.0.0", 80), 0);
  arp(wire::ArpPacket::Operation::kRequest, kOurs);
  send({.syn = true}, 0, 0);
  EXPECT_EQ(sluice_usage_of(stack, SLUICE_HALF_OPEN), 1);
}

// Beyond a year nobody means it, and sums of times have to stay within 64 bits.
TEST_F(TcpLibrary, TimesBeyondAYear_AreRefused) {
  establish();
  for (const int option : {SLUICE_USER_TIMEOUT_NS, SLUICE_KEEP_ALIVE_IDLE_NS, SLUICE_KEEP_ALIVE_INTERVAL_NS}) {
    EXPECT_EQ(sluice_set_option(stack, socket, option, INT64_MAX), SLUICE_INVALID);
    EXPECT_EQ(sluice_set_option(stack, socket, option, SLUICE_LONGEST_NS + 1), SLUICE_INVALID);
    EXPECT_EQ(sluice_set_option(stack, socket, option, SLUICE_LONGEST_NS), 0);
  }
  write("x");
  sluice_advance(stack, 5'000 * kMillisecond);
  EXPECT_STREQ(sluice_state(stack, socket), "ESTABLISHED");
}

// RFC 9293 3.3.2: the connection has gone, or is kept only for what is unread; its two ends wait.
TEST_F(TcpLibrary, SocketInTimeWait_SaysSo) {
  for (const std::string unread : {"", "unread"}) {
    sluice_stack_destroy(stack);
    stack = sluice_stack_create(nullptr);
    establish();
    ASSERT_EQ(sluice_shutdown(stack, socket), 0);
    send({.fin = true, .ack = true}, 1, 2, unread);
    EXPECT_STREQ(sluice_state(stack, socket), "TIME-WAIT");
    sluice_advance(stack, 61'000 * kMillisecond);
    EXPECT_STREQ(sluice_state(stack, socket), "CLOSED");
  }
}

using Config = sluice_stack_config;

// Whether there is a stack of the defaults and what `change` makes of them.
template <typename Change>
bool can_be(Change&& change, const char* more = nullptr) {
  Config config;
  sluice_stack_defaults(&config);
  change(config);
  sluice_stack* made = sluice_stack_create_with(&config, more);
  sluice_stack_destroy(made);
  return made != nullptr;
}

bool can_have(const char* addresses, const char* more = nullptr) {
  return can_be([&](Config& c) { c.addresses = addresses; }, more);
}

TEST(TcpLibraryConfig, AddressesThatNoOneHostHas_AreImpossible) {
  for (const char* bad :
       {"", "1.2.3/24", "198.18.0.1", "198.18.0.1/33", "224.0.0.1/24", "255.255.255.255/24", "0.0.0.0/24",
        "127.0.0.1/8", "198.18.0.255/24", "198.18.0.0/24", "::/64", "::1/64", "ff02::1/64", "2001:db8::1",
        "198.18.0.1/24,198.18.0.1/24", "198.18.0.1/24,", ",198.18.0.1/24"}) {
    EXPECT_FALSE(can_have(bad)) << bad;
  }
  for (const char* good : {"198.18.0.1/24,198.18.0.2/24", "198.18.0.0/31", "198.18.0.1/32", "2001:db8::1/64,fe80::1/64",
                           "198.18.0.1/24,2001:db8::1/64"}) {
    EXPECT_TRUE(can_have(good)) << good;
  }
  EXPECT_FALSE(can_have("198.18.0.1/24", "vlan=77:198.18.0.1/24"));
  EXPECT_FALSE(can_have("198.18.0.1/24", "vlan=77:198.19.0.255/24"));
  EXPECT_FALSE(can_have("198.18.0.1/24", "vlan=77:198.19.0.1/24,vlan=77:198.20.0.1/24"));
  EXPECT_TRUE(can_have("198.18.0.1/24", "vlan=77:198.19.0.1/24,vlan=78:198.20.0.1/24"));
}

TEST(TcpLibraryConfig, RoutesThatLeadNowhere_AreImpossible) {
  const auto can_route = [](const char* routes) { return can_be([&](Config& c) { c.routes = routes; }); };
  for (const char* bad : {"0.0.0.0/0", "0.0.0.0/0=10.0.0.1", "0.0.0.0/0=2001:db8::1", "::/0=198.18.0.2",
                          "10.0.0.0/8=198.18.0.1", "10.0.0.0/8=198.18.0.255"}) {
    EXPECT_FALSE(can_route(bad)) << bad;
  }
  EXPECT_TRUE(can_route("0.0.0.0/0=198.18.0.254,10.0.0.0/8=198.18.0.2"));
}

TEST(TcpLibraryConfig, NumbersOutOfRange_AreImpossible) {
  const int64_t second = 1'000 * kMillisecond;
  EXPECT_FALSE(can_be([&](Config& c) { c.min_rto_ns = 61 * second; }));
  EXPECT_FALSE(can_be([&](Config& c) { c.initial_rto_ns = 61 * second; }));
  EXPECT_FALSE(can_be([&](Config& c) { c.max_rto_ns = SLUICE_LONGEST_RTO_NS + 1; }));
  EXPECT_FALSE(can_be([&](Config& c) { c.time_wait_ns = SLUICE_LONGEST_TIME_WAIT_NS + 1; }));
  EXPECT_FALSE(can_be([&](Config& c) { c.user_timeout_ns = SLUICE_LONGEST_NS + 1; }));
  EXPECT_FALSE(can_be([&](Config& c) { c.keep_alive_idle_ns = INT64_MAX; }));
  EXPECT_TRUE(can_be([&](Config& c) { c.user_timeout_ns = SLUICE_LONGEST_NS; }));
  EXPECT_FALSE(can_be([](Config& c) { c.nagle = 2; }));
  EXPECT_FALSE(can_be([](Config& c) { c.keep_alive_probes = 0; }));
  EXPECT_FALSE(can_be([](Config& c) { c.mac[0] = 1; }));
  EXPECT_FALSE(can_be([](Config& c) { std::memset(c.mac, 0, sizeof c.mac); }));
  EXPECT_FALSE(can_be([](Config& c) { c.mtu = 67; }));
  EXPECT_TRUE(can_be([](Config& c) { c.mtu = 68; }));
  EXPECT_FALSE(can_be([](Config& c) { c.mtu = 1279, c.addresses = "2001:db8::1/64"; }));
  EXPECT_FALSE(can_be([](Config& c) { c.mtu = 1279; }, "vlan=77:2001:db8::1/64"));
  EXPECT_FALSE(can_have("198.18.0.1/24", "ecn=0,"));
}

}  // namespace
}  // namespace sluice
