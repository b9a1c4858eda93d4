// A worker's network stack under any sequence of frames, sends and pauses: it never runs out of packets for good, and
// keeps no more of them than its bounds say.
//
// The input is a list of steps: a byte says what to do, further bytes how. Some steps set the fields right that random
// bytes would never meet (our link address, checksums), so that what lies behind them is reached too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/byte_reader.h"
#include "support/net_bench_v6.h"

namespace {

using namespace sluice;

constexpr uint32_t kPackets = 64;

void check(bool holds) {
  if (!holds) std::abort();
}

void make_right(test::Bytes& frame, bool icmp) {
  const size_t link = wire::EthernetHeader::kBytes;
  if (frame.size() < link) return;
  std::copy_n(std::as_bytes(std::span(test::kOurMac.bytes)).data(), 6, frame.data());
  const auto packet = std::span(frame).subspan(link);
  if (const auto ip = wire::parse_quoted_ipv4(packet)) {
    wire::Ipv4Header header = ip->header;
    header.destination = test::kOurIp;
    header.total_length = static_cast<uint16_t>(packet.size());
    wire::emit_ipv4(header, true, packet);
    const auto message = packet.subspan(wire::Ipv4Header::kMinBytes);
    if (icmp && message.size() >= wire::IcmpV4Header::kBytes) {
      wire::emit_icmpv4(
          {.type = wire::IcmpV4Type{static_cast<uint8_t>(message[0])}, .code = static_cast<uint8_t>(message[1])},
          message);
    }
  }
}

void make_right_v6(test::Bytes& frame) {
  const size_t link = wire::EthernetHeader::kBytes;
  if (frame.size() < link + wire::Ipv6Header::kBytes) return;
  const wire::EthernetHeader to_us{
      .destination = test::kOurMac, .source = test::kPeerMac, .type = wire::EtherType::kIpv6};
  wire::emit_ethernet(to_us, frame);
  const auto packet = std::span(frame).subspan(link);
  const auto payload = packet.subspan(wire::Ipv6Header::kBytes);
  const wire::Ipv6Header header{.payload_length = static_cast<uint16_t>(payload.size()),
                                .next_header = wire::IpProtocol{static_cast<uint8_t>(packet[6])},
                                .hop_limit = 255,
                                .source = test::kPeer6,
                                .destination = test::kOur6};
  wire::emit_ipv6(header, packet);
  if (header.next_header != wire::IpProtocol::kIcmpV6 || payload.size() < wire::IcmpV6Header::kBytes) return;
  const wire::IcmpV6Header icmp{.type = wire::IcmpV6Type{static_cast<uint8_t>(payload[0])},
                                .code = static_cast<uint8_t>(payload[1])};
  wire::emit_icmpv6(header.source, header.destination, icmp, payload);
}

void step(test::Ipv6Bench& bench, ByteReader& input) {
  const uint8_t what = input.u8();
  switch (what % 16) {
    case 0:
      return bench.worker.advance(Duration::milliseconds(input.u16()));
    case 1:
      return bench.send("segment", IpAddress::v4(0xC6120000u + input.u8()));
    case 2:
      return bench.arp_request(test::kOurIp, IpAddress::v4(0xC6120000u + input.u8()));
    case 3:
      return bench.stack.on_resolve_request({{test::kLink0, IpAddress::v4(0xC6120000u + input.u8())}});
    case 8:
      return bench.send6("segment", test::ip6("2001:db8::" + std::to_string(input.u8())));
    case 9:
      return bench.solicit();
    case 10:
      return bench.stack.announce();
    case 11:
      return bench.answer(test::ip6("2001:db8::" + std::to_string(input.u8())));
    default: {
      const auto bytes = input.take(std::min<size_t>(input.u8() * 8u, input.left()));
      test::Bytes frame(bytes.begin(), bytes.end());
      if (what % 16 == 6 || what % 16 == 7) make_right(frame, what % 16 == 7);
      if (what % 16 >= 14) make_right_v6(frame);
      if (Packet packet = bench.worker.packets->try_allocate()) {
        std::copy(frame.begin(), frame.end(), packet.append(frame.size()).begin());
        bench.stack.on_frame(PortIndex{static_cast<uint8_t>(what >> 4 & 1)}, std::move(packet));
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader input(std::as_bytes(std::span(data, size)));
  const WorkerId worker{static_cast<uint8_t>(input.u8() & 1)};
  test::Ipv6Bench bench(test::two_ports_v6(), worker, kPackets);
  while (input.left() > 0) {
    step(bench, input);
    for (const auto& sent : bench.take_sent()) check(sent.payload.size() <= 1500);
    bench.take_segments();
    bench.take_errors();
  }
  // Nobody answers any more: everything that waits is given up.
  bench.worker.advance(Duration::seconds(300));
  check(bench.worker.packets->available() == kPackets);
  return 0;
}
