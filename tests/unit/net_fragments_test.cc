// Fragments: put together, or dropped by name; overlaps, hoarding, timeouts (RFC 791, 5722, 6946, 8200 4.5).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/net_bench_v6.h"
#include "wire/icmpv4.h"

namespace sluice::net {
namespace {

using namespace test;
using wire::IpProtocol;

Bytes numbered(size_t n) {
  Bytes bytes(n);
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

struct Piece {
  size_t offset;
  size_t size;
  bool more;
};

struct Fragments : ::testing::Test {
  Fragments() {
    bench.arp_request();
    bench.solicit();
    bench.take_sent();
  }

  void v4(const Bytes& whole, const Piece& piece, uint16_t id = 1, IpAddress source = kPeerIp) {
    wire::Ipv4Header header{.identification = id,
                            .more_fragments = piece.more,
                            .fragment_offset = static_cast<uint16_t>(piece.offset),
                            .protocol = IpProtocol::kTcp,
                            .source = source,
                            .destination = kOurIp};
    bench.ipv4(header, std::span(whole).subspan(piece.offset, piece.size));
  }
  void v6(const Bytes& whole, const Piece& piece, uint32_t id = 1, IpProtocol protocol = IpProtocol::kTcp) {
    Bytes payload(8);
    payload[0] = static_cast<std::byte>(protocol);
    payload[2] = static_cast<std::byte>(piece.offset >> 8);
    payload[3] = static_cast<std::byte>((piece.offset & 0xf8) | (piece.more ? 1 : 0));
    for (int i = 0; i < 4; ++i) payload[4 + i] = static_cast<std::byte>(id >> (24 - 8 * i));
    const auto text = std::span(whole).subspan(piece.offset, piece.size);
    payload.insert(payload.end(), text.begin(), text.end());
    bench.ipv6(Ipv6Bench::from_peer6(IpProtocol::kFragment), payload);
  }

  // The codepoint of a segment that came in two pieces; nothing when it was dropped.
  std::optional<wire::Ecn> ecn_of_pieces(wire::Ecn first, wire::Ecn second) {
    static uint16_t id = 100;
    ++id;
    const Bytes whole = numbered(32);
    const auto piece = [&](wire::Ecn ecn, uint16_t offset) {
      bench.ipv4({.traffic_class = static_cast<uint8_t>(ecn),
                  .identification = id,
                  .more_fragments = offset == 0,
                  .fragment_offset = offset,
                  .source = kPeerIp,
                  .destination = kOurIp},
                 std::span(whole).subspan(offset, 16));
    };
    piece(first, 0);
    piece(second, 16);
    const auto segments = bench.take_segments();
    return segments.empty() ? std::nullopt : std::optional(segments[0].ecn);
  }

  Ipv6Bench bench;
};

TEST_F(Fragments, InAnyOrder_MakeTheDatagram) {
  const Bytes whole = numbered(1000);
  std::vector<Piece> pieces = {{0, 400, true}, {400, 400, true}, {800, 200, false}};
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
  uint16_t id = 0;
  do {
    ++id;
    for (const Piece& p : pieces) v4(whole, p, id);
    for (const Piece& p : pieces) v6(whole, p, id);
    const auto segments = bench.take_segments();
    ASSERT_EQ(segments.size(), 2u);
    EXPECT_EQ(segments[0].bytes, whole);
    EXPECT_EQ(segments[0].source, kPeerIp);
    EXPECT_EQ(segments[1].bytes, whole);
    EXPECT_EQ(segments[1].source, kPeer6);
    EXPECT_FALSE(segments[1].checksum_verified);
  } while (std::next_permutation(pieces.begin(), pieces.end(),
                                 [](const Piece& a, const Piece& b) { return a.offset < b.offset; }));
  EXPECT_EQ(bench.counted(Counter::kNetReassembled), 12u);
}

TEST_F(Fragments, LargestThatFitsABuffer_IsTaken_LongerIsNot) {
  const Bytes largest = numbered(PacketPool::kDataRoom);
  v4(largest, {0, 1024, true});
  v4(largest, {1024, 1024, false});
  EXPECT_EQ(bench.take_segments().at(0).bytes, largest);
  const Bytes longer = numbered(3000);
  v6(longer, {0, 1448, true}, 2);
  v6(longer, {1448, 1448, true}, 2);
  v6(longer, {2896, 104, false}, 2);
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.counted(Counter::kNetFragmentTooLong), 1u);
  EXPECT_EQ(bench.counted(Counter::kNetFragmentOverlap), 1u);  // what else comes of it
}

TEST_F(Fragments, EchoInPieces_IsAnswered) {
  Bytes message(1008);
  wire::emit_icmpv6(kPeer6, kOur6, {.type = wire::IcmpV6Type::kEchoRequest, .rest = 7}, message);
  v6(message, {0, 504, true}, 3, IpProtocol::kIcmpV6);
  v6(message, {504, 504, false}, 3, IpProtocol::kIcmpV6);
  EXPECT_EQ(bench.take_sent6().at(0).icmp().type, wire::IcmpV6Type::kEchoReply);
}

// RFC 6980: neighbour discovery in fragments is not believed.
TEST_F(Fragments, OfNeighbourDiscovery_AreNotBelieved) {
  Bytes message(32);
  wire::emit_neighbour_solicitation({kOur6, kPeerMac}, {kPeer6, kOur6}, message);
  v6(message, {0, 16, true}, 4, IpProtocol::kIcmpV6);
  v6(message, {16, 16, false}, 4, IpProtocol::kIcmpV6);
  EXPECT_EQ(bench.counted(Counter::kNetReassembled), 1u);
  EXPECT_TRUE(bench.take_sent().empty());
}

// Nor behind the header of a fragment that is the whole.
TEST_F(Fragments, AtomicOneOfNeighbourDiscovery_IsNotBelieved) {
  Bytes message(32);
  wire::emit_neighbour_solicitation({kOur6, kPeerMac}, {kPeer6, kOur6}, message);
  Bytes payload = from_hex("3a00 0000 00000009");
  payload.insert(payload.end(), message.begin(), message.end());
  auto header = Ipv6Bench::from_peer6(IpProtocol::kFragment);
  header.hop_limit = 255;
  bench.ipv6(header, payload);
  EXPECT_TRUE(bench.take_sent().empty());
  EXPECT_EQ(bench.counted(Counter::kNetNdIgnored), 1u);
}

// RFC 5722: not a byte of a datagram with overlapping pieces is used, whichever piece comes first.
TEST_F(Fragments, Overlap_DropsTheDatagramForGood) {
  const Bytes whole = numbered(800);
  uint16_t id = 0;
  for (const Piece& overlapping : {Piece{392, 408, false}, Piece{0, 800, true}, Piece{200, 8, true}, Piece{0, 8, true},
                                   Piece{0, 392, true}, Piece{8, 392, true}}) {
    v4(whole, {0, 400, true}, ++id);
    v4(whole, overlapping, id);
    v4(whole, {400, 400, false}, id);
    v4(whole, {0, 400, true}, id);
    v6(whole, {0, 400, true}, id);
    v6(whole, overlapping, id);
    v6(whole, {400, 400, false}, id);
    v6(whole, {0, 400, true}, id);
  }
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.counted(Counter::kNetReassembled), 0u);
  EXPECT_EQ(bench.counted(Counter::kNetFragmentOverlap), 36u);
}

TEST_F(Fragments, RepeatedPiece_IsDroppedAlone) {
  const Bytes whole = numbered(803);
  for (const Piece& p : {Piece{400, 403, false}, Piece{400, 403, false}, Piece{0, 400, true}}) v4(whole, p);
  EXPECT_EQ(bench.take_segments().at(0).bytes, whole);
  EXPECT_EQ(bench.counted(Counter::kNetFragmentRepeated), 1u);
}

TEST_F(Fragments, SecondEnd_IsAnOverlap) {
  const Bytes whole = numbered(800);
  v4(whole, {400, 200, false});
  v4(whole, {600, 200, false});
  v4(whole, {0, 400, true});
  EXPECT_TRUE(bench.take_segments().empty());
  v6(whole, {600, 200, true});
  v6(whole, {400, 200, false});
  v6(whole, {0, 400, true});
  EXPECT_TRUE(bench.take_segments().empty());
  EXPECT_EQ(bench.counted(Counter::kNetFragmentOverlap), 4u);
}

TEST_F(Fragments, EmptyOrCutAtAWrongPlace_AreMalformed) {
  const Bytes whole = numbered(800);
  v4(whole, {400, 0, true});
  v4(whole, {0, 401, true});
  EXPECT_EQ(bench.counted(Counter::kNetFragmentMalformed), 2u);
  v6(whole, {0, 401, true});
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].icmp(), (wire::IcmpV6Header{.type = wire::IcmpV6Type::kParameterProblem, .code = 0, .rest = 4}));
}

// RFC 7112: the first piece of an IPv6 datagram says what it is.
TEST_F(Fragments, FirstPieceWithoutTheTransportHeader_IsRefused) {
  const Bytes options = from_hex("0601 010c 0000000000000000 00000000 0000000000000000");
  v6(options, {0, 8, true}, 1, IpProtocol::kDestinationOptions);
  const auto sent = bench.take_sent6();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].icmp().code, 3);
  EXPECT_EQ(bench.counted(Counter::kNetFragmentMalformed), 1u);
}

TEST_F(Fragments, FragmentOfAFragment_IsRefused) {
  const Bytes nested = from_hex("0600 0001 00000009 0102030405060708 0102030405060708");
  v6(nested, {0, 24, true}, 1, IpProtocol::kFragment);
  EXPECT_EQ(bench.counted(Counter::kNetFragmentMalformed), 1u);
}

TEST_F(Fragments, Timeout_GivesTheBufferBackAndTellsTheSenderOfTheFirst) {
  const Bytes whole = numbered(800);
  const uint32_t free = bench.worker.packets->available();
  v6(whole, {0, 400, true}, 1);
  v4(whole, {0, 400, true}, 2);
  v4(whole, {400, 400, true}, 3);  // never began: nobody is told
  EXPECT_EQ(bench.worker.packets->available(), free - 3);
  bench.worker.advance(Duration::milliseconds(59'900));
  EXPECT_EQ(bench.counted(Counter::kNetFragmentTimeout), 0u);
  bench.worker.advance(Duration::milliseconds(200));
  EXPECT_EQ(bench.counted(Counter::kNetFragmentTimeout), 3u);
  EXPECT_EQ(bench.counted(Counter::kNetTimeExceededSent), 2u);
  bench.answer();
  bench.arp_reply();
  unsigned told = 0;
  for (const auto& sent : bench.take_sent()) {
    const bool v6_error = sent.link.type == wire::EtherType::kIpv6 && sent.payload[40] == std::byte{3};
    const bool v4_error = sent.link.type == wire::EtherType::kIpv4 && sent.payload[20] == std::byte{11};
    told += v6_error || v4_error;
  }
  EXPECT_EQ(told, 2u);
  EXPECT_EQ(bench.worker.packets->available(), free);
}

// RFC 1122 3.2.2: the header that an error quotes is as it came, and so is what stood behind it (RFC 4443 3.3).
TEST_F(Fragments, Timeout_QuotesTheFirstPieceAsItCame) {
  const Bytes whole = numbered(800);
  const wire::Ipv4Header header{.traffic_class = 0x48,
                                .identification = 0x1234,
                                .more_fragments = true,
                                .ttl = 7,
                                .source = kPeerIp,
                                .destination = kOurIp};
  const Bytes first4 = NetBench::ipv4_bytes(header, std::span(whole).first(400));
  bench.ethernet(wire::EtherType::kIpv4, first4);
  v4(whole, {400, 96, true}, 0x1234);
  auto header6 = Ipv6Bench::from_peer6(IpProtocol::kDestinationOptions);
  header6.flow_label = 0xabcde;
  header6.hop_limit = 7;
  Bytes chain = from_hex("2c00 010400000000 0600 0001 00000009");
  chain.insert(chain.end(), whole.begin(), whole.begin() + 400);
  const Bytes first6 = Ipv6Bench::ipv6_bytes(header6, chain);
  bench.ethernet(wire::EtherType::kIpv6, first6);
  bench.worker.advance(Duration::milliseconds(60'100));
  bench.answer();
  bench.arp_reply();
  std::vector<Bytes> quotes;
  for (const auto& sent : bench.take_sent()) {
    const bool v6 = sent.link.type == wire::EtherType::kIpv6;
    const size_t icmp = v6 ? 40 : 20;
    if (sent.link.type == wire::EtherType::kArp || sent.payload[icmp] != std::byte(v6 ? 3 : 11)) continue;
    quotes.emplace_back(sent.payload.begin() + static_cast<ptrdiff_t>(icmp) + 8, sent.payload.end());
  }
  ASSERT_EQ(quotes.size(), 2u);
  std::sort(quotes.begin(), quotes.end(), [](const Bytes& a, const Bytes& b) { return a.size() < b.size(); });
  EXPECT_EQ(quotes[0], first4);
  EXPECT_EQ(quotes[1], first6);
}

// What is put together has the first piece's identification, TTL and label, not some of ours.
TEST_F(Fragments, Whole_IsQuotedWithTheFirstPiecesHeader) {
  const Bytes udp = NetBench::udp_bytes(std::string(92, 'x'));
  wire::Ipv4Header header{.traffic_class = 0x48,
                          .identification = 0x1234,
                          .ttl = 7,
                          .protocol = IpProtocol::kUdp,
                          .source = kPeerIp,
                          .destination = kOurIp};
  const Bytes whole4 = NetBench::ipv4_bytes(header, udp);
  header.fragment_offset = 48;
  bench.ipv4(header, std::span(udp).subspan(48));
  header.fragment_offset = 0;
  header.more_fragments = true;
  bench.ipv4(header, std::span(udp).first(48));
  const auto sent = bench.take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(Bytes(sent[0].payload.begin() + 28, sent[0].payload.end()), whole4);

  const Bytes udp6 = NetBench::udp_bytes(kPeer6, kOur6, Bytes(92));
  auto header6 = Ipv6Bench::from_peer6(IpProtocol::kUdp);
  header6.flow_label = 0xabcde;
  header6.hop_limit = 7;
  const Bytes whole6 = Ipv6Bench::ipv6_bytes(header6, udp6);
  header6.next_header = IpProtocol::kFragment;
  Bytes first = from_hex("1100 0001 00000009");
  first.insert(first.end(), udp6.begin(), udp6.begin() + 48);
  Bytes last = from_hex("1100 0030 00000009");
  last.insert(last.end(), udp6.begin() + 48, udp6.end());
  bench.ipv6(header6, first);
  bench.ipv6(header6, last);
  const auto sent6 = bench.take_sent6();
  ASSERT_EQ(sent6.size(), 1u);
  EXPECT_EQ(Bytes(sent6[0].frame.payload.begin() + 48, sent6[0].frame.payload.end()), whole6);
}

// RFC 1122 3.3.2 (EMTU_R): as much as an MTU, where links have a larger one.
TEST(ReassemblerRoom, IsThatOfThePackets) {
  struct : ReassemblyEvents {
    void on_reassembly_timeout(Datagram) override {}
  } nobody;
  TestWorker worker;
  const auto packets = PacketPool::in_memory(8, worker.counters, 12'288);
  Reassembler reassembler(worker.context, *packets, nobody);
  const Bytes whole = numbered(9000 - 20);
  const FragmentKey key{.source = kPeerIp, .destination = kOurIp, .identification = 1};
  const Bytes header(20);
  const auto add = [&](size_t begin, size_t end) {
    return reassembler.add(key, {.offset = static_cast<uint16_t>(begin),
                                 .more = end < whole.size(),
                                 .header = header,
                                 .bytes = std::span(whole).subspan(begin, end - begin)});
  };
  EXPECT_FALSE(add(0, 4800));
  const auto datagram = add(4800, whole.size());
  ASSERT_TRUE(datagram);
  const auto bytes = datagram->payload.bytes();
  EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), whole);
}

// RFC 1122 3.2.2, RFC 4443 2.4 (e.1).
TEST_F(Fragments, TimeoutOfAnError_IsNotAnswered) {
  Bytes error = numbered(64);
  error[0] = std::byte{3};
  auto header = NetBench::from_peer(IpProtocol::kIcmp);
  header.more_fragments = true;
  bench.ipv4(header, error);
  error[0] = std::byte{1};
  v6(error, {0, 64, true}, 1, IpProtocol::kIcmpV6);
  bench.worker.advance(Duration::milliseconds(60'100));
  EXPECT_EQ(bench.counted(Counter::kNetFragmentTimeout), 2u);
  EXPECT_EQ(bench.counted(Counter::kNetTimeExceededSent), 0u);
}

// RFC 3168 5.3.
TEST_F(Fragments, MarkOnAPiece_IsAMarkOnTheWhole) {
  using wire::Ecn;
  EXPECT_EQ(ecn_of_pieces(Ecn::kCapable0, Ecn::kCapable0), Ecn::kCapable0);
  EXPECT_EQ(ecn_of_pieces(Ecn::kCapable0, Ecn::kCongestion), Ecn::kCongestion);
  EXPECT_EQ(ecn_of_pieces(Ecn::kCongestion, Ecn::kCapable1), Ecn::kCongestion);
}

TEST_F(Fragments, PiecesWithoutAMark_DoNotMakeOne) {
  using wire::Ecn;
  EXPECT_EQ(ecn_of_pieces(Ecn::kCapable0, Ecn::kCapable1), Ecn::kCapable0);
  EXPECT_EQ(ecn_of_pieces(Ecn::kNotCapable, Ecn::kCapable0), Ecn::kNotCapable);
}

TEST_F(Fragments, MarkBesideAPieceThatCannotBeMarked_DropsTheDatagram) {
  using wire::Ecn;
  EXPECT_EQ(ecn_of_pieces(Ecn::kNotCapable, Ecn::kCongestion), std::nullopt);
  EXPECT_EQ(ecn_of_pieces(Ecn::kCongestion, Ecn::kNotCapable), std::nullopt);
  EXPECT_EQ(bench.counted(Counter::kNetFragmentMalformed), 2u);
}

TEST_F(Fragments, Hoarding_IsBoundedAndTheOldestGoes) {
  const Bytes whole = numbered(16);
  const uint32_t free = bench.worker.packets->available();
  v4(whole, {0, 8, true}, 0);
  for (uint16_t id = 1; id <= 1000; ++id) v4(whole, {0, 8, true}, id);
  EXPECT_EQ(bench.worker.packets->available(), free - Reassembler::kCapacity);
  EXPECT_EQ(bench.counted(Counter::kNetFragmentStoreFull), 1001u - Reassembler::kCapacity);
  v4(whole, {8, 8, false}, 1000);
  EXPECT_EQ(bench.take_segments().size(), 1u);
  v4(whole, {8, 8, false}, 0);
  EXPECT_TRUE(bench.take_segments().empty());
}

TEST_F(Fragments, EmptyPool_DropsAndRecovers) {
  std::vector<Packet> taken;
  while (bench.worker.packets->available() > 1) taken.push_back(bench.worker.packets->try_allocate());
  const Bytes whole = numbered(16);
  v4(whole, {0, 8, true});
  taken.clear();
  v4(whole, {0, 8, true});
  v4(whole, {8, 8, false});
  EXPECT_EQ(bench.take_segments().at(0).bytes, whole);
}

TEST_F(Fragments, OfDifferentDatagrams_AreNotMixed) {
  const Bytes a = numbered(16);
  v4(a, {0, 8, true}, 1);
  v4(a, {8, 8, false}, 2);
  v4(a, {8, 8, false}, 1, IpAddress::v4(0xC6120009));
  v6(a, {8, 8, false}, 1);
  EXPECT_TRUE(bench.take_segments().empty());
}

// Random cuts, in random order, some pieces twice: always the same bytes, never a packet lost.
TEST_F(Fragments, RandomCuts_GiveTheSameBytes) {
  const uint32_t seed = 20261123;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const uint32_t free = bench.worker.packets->available();
  for (uint16_t round = 0; round < 300; ++round) {
    const Bytes whole = numbered(24 + random() % 1400);
    std::vector<Piece> pieces;
    for (size_t at = 0; at < whole.size();) {
      const size_t size = std::min<size_t>(whole.size() - at, 8 * (1 + random() % 40));
      pieces.push_back({at, size, at + size < whole.size()});
      at += size;
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    if (pieces.size() > 1) pieces.insert(pieces.begin(), pieces[1]);
    for (const Piece& p : pieces) round % 2 == 0 ? v4(whole, p, round) : v6(whole, p, round);
    const auto segments = bench.take_segments();
    ASSERT_EQ(segments.size(), 1u) << round;
    EXPECT_EQ(segments[0].bytes, whole);
  }
  bench.worker.advance(Duration::seconds(120));
  EXPECT_EQ(bench.worker.packets->available(), free);
}

}  // namespace
}  // namespace sluice::net
