// A worker's network stack under any sequence of frames, sends and pauses: it never runs out of packets for good, and
// keeps no more of them than its bounds say.
//
// The input is a list of steps: a byte says what to do, further bytes how. Some steps set the fields right that random
// bytes would never meet (our link address, checksums), so that what lies behind them is reached too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/byte_reader.h"
#include "support/net_bench.h"

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

void step(test::NetBench& bench, ByteReader& input) {
  const uint8_t what = input.u8();
  switch (what % 8) {
    case 0:
      return bench.worker.advance(Duration::milliseconds(input.u16()));
    case 1:
      return bench.send("segment", IpAddress::v4(0xC6120000u + input.u8()));
    case 2:
      return bench.arp_request(test::kOurIp, IpAddress::v4(0xC6120000u + input.u8()));
    case 3:
      return bench.stack.on_resolve_request({{test::kPort0, IpAddress::v4(0xC6120000u + input.u8())}});
    default: {
      const auto bytes = input.take(std::min<size_t>(input.u8() * 8u, input.left()));
      test::Bytes frame(bytes.begin(), bytes.end());
      if (what % 8 >= 6) make_right(frame, what % 8 == 7);
      if (Packet packet = bench.worker.packets->try_allocate()) {
        std::copy(frame.begin(), frame.end(), packet.append(frame.size()).begin());
        bench.stack.on_frame(PortIndex{static_cast<uint8_t>(what >> 3 & 1)}, std::move(packet));
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader input(std::as_bytes(std::span(data, size)));
  const WorkerId worker{static_cast<uint8_t>(input.u8() & 1)};
  test::NetBench bench(test::two_ports(), worker, kPackets);
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
