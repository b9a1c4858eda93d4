#include "tcp/environment.h"

#include <algorithm>

#include "tcp/connection.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

namespace {

constexpr uint32_t kIpv4HeaderBytes = 20;
constexpr uint32_t kIpv6HeaderBytes = 40;
constexpr uint32_t kLargestSegment = PacketPool::kDataRoom - wire::TcpHeader::kMaxBytes;
constexpr uint32_t kSpareTransmissions = 65'536;
constexpr uint8_t kLargestShift = 14;  // RFC 7323 2.3

Secrets make_secrets(Random& random) {
  const auto key = [&] { return SipKey{random.next(), random.next()}; };
  return {key(), key(), key(), key(), key()};
}

// The smallest shift with which a 16-bit field can say the whole buffer.
uint8_t shift_for(uint32_t buffer_bytes) {
  uint8_t shift = 0;
  while (shift < kLargestShift && buffer_bytes >> shift > 65'535) ++shift;
  return shift;
}

}  // namespace

Environment::Environment(WorkerContext& c, PacketPool& p, SliceNodePool& n, SegmentOutput& o, const Settings& s)
    : context(c),
      packets(p),
      nodes(n),
      output(o),
      settings(s),
      secrets(make_secrets(c.random)),
      rcv_wind_shift(shift_for(s.receive_buffer_bytes)),
      demux(s.max_connections + s.max_half_open + s.max_time_wait, secrets.demux),
      time_wait(c, demux, settings),
      out_of_order(s.max_out_of_order_segments),
      transmissions(2 * s.max_connections + kSpareTransmissions),
      flights(s.max_connections),
      connections(s.max_connections),
      challenge_acks(s.challenge_acks_per_second, c.random),
      resets(s.resets_per_second, c.random),
      packet_reserve_(p.mempool()->size / 8) {}

// Connections give their out-of-order text back to `out_of_order`: they go first, being declared later.
Environment::~Environment() = default;

bool Environment::packets_scarce() {
  if (now() - looked_at_ >= Duration::milliseconds(1)) {
    looked_at_ = now();
    packets_scarce_ = packets.available() < packet_reserve_;
  }
  return packets_scarce_;
}

uint16_t Environment::path_mss(const IpAddress& remote) const {
  const uint32_t headers =
      (remote.is_v4() ? kIpv4HeaderBytes : kIpv6HeaderBytes) + uint32_t{wire::TcpHeader::kMinBytes};
  const uint32_t mtu = output.path_mtu(remote);
  return static_cast<uint16_t>(std::min(mtu > headers ? mtu - headers : 0, kLargestSegment));
}

}  // namespace sluice::tcp
