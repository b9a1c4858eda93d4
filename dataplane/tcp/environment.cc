#include "tcp/environment.h"

#include <algorithm>

#include "tcp/connection.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

namespace {

constexpr uint32_t kSpareTransmissions = 65'536;
constexpr uint8_t kLargestShift = 14;  // RFC 7323 2.3
constexpr uint32_t kScarceShareBytes = 16 * 1024;
constexpr uint32_t kCriticalShareBytes = 4 * 1024;
constexpr Duration kLookInterval = Duration::milliseconds(1);
constexpr uint32_t kAskedBetweenLooks = 32;  // a burst may take many packets in less time

// The smallest shift with which a 16-bit field can say the whole buffer.
uint8_t shift_for(uint32_t buffer_bytes) {
  uint8_t shift = 0;
  while (shift < kLargestShift && buffer_bytes >> shift > 65'535) ++shift;
  return shift;
}

}  // namespace

Environment::Environment(WorkerContext& c, const Wiring& w, const Settings& s)
    : context(c),
      packets(w.packets),
      nodes(w.nodes),
      output(w.output),
      settings(s),
      options(settings),
      secrets(w.secrets),
      rcv_wind_shift(shift_for(s.receive_buffer_bytes)),
      demux(s.max_connections + s.max_half_open + s.max_time_wait, secrets.demux),
      time_wait(c, demux, settings),
      paths(c, secrets.paths),
      out_of_order(s.max_out_of_order_segments, s.max_connections),
      transmissions(2 * s.max_connections + kSpareTransmissions),
      flights(s.max_connections),
      own_options(s.max_connections),
      connections(s.max_connections),
      challenge_acks(s.challenge_acks_per_second, c.random),
      resets(s.resets_per_second, c.random),
      packet_reserve_(w.packets.mempool()->size / 8) {}

// Connections give their out-of-order text back to `out_of_order`: they go first, being declared later.
Environment::~Environment() = default;

Environment::Packets Environment::packets_left() {
  if (++asked_since_ < kAskedBetweenLooks && now() - looked_at_ < kLookInterval) return packets_left_;
  asked_since_ = 0;
  looked_at_ = now();
  const uint32_t left = packets.left();
  // Once it was critical, somewhat more than that has to come back.
  const uint32_t critical = packet_reserve_ / 4 * (packets_left_ == Packets::kCritical ? 3 : 2);
  packets_left_ = left >= packet_reserve_ ? Packets::kEnough : left >= critical ? Packets::kScarce : Packets::kCritical;
  const bool begins = packets_left_ != Packets::kEnough && relief != nullptr && !relief->armed();
  if (begins) context.timers.schedule(*relief, now());
  return packets_left_;
}

uint32_t Environment::packets_missing() {
  const uint32_t enough = packets_critical() ? packet_reserve_ / 4 * 3 : 0;
  return enough - std::min(enough, packets.left());
}

uint32_t Environment::share_of(uint32_t bytes) {
  switch (packets_left()) {
    case Packets::kEnough:
      return bytes;
    case Packets::kScarce:
      return std::min(bytes, kScarceShareBytes);
    case Packets::kCritical:
      return std::min(bytes, kCriticalShareBytes);
  }
  return bytes;
}

uint16_t Environment::mss_of(uint16_t mtu, const IpAddress& remote) const {
  const int largest = packets.data_room() - static_cast<int>(wire::TcpHeader::kMaxBytes);
  return static_cast<uint16_t>(std::clamp(mtu - header_bytes_to(remote), 0, largest));
}

uint16_t Environment::path_mtu(const IpAddress& remote) const {
  const uint16_t link = output.path_mtu(remote);
  const auto learnt = paths.find(remote);
  return learnt ? std::min(link, learnt->mtu) : link;
}

uint16_t Environment::path_mss(const IpAddress& remote) const {
  return mss_of(path_mtu(remote), remote);
}

uint16_t Environment::own_mss(const IpAddress& remote) const {
  return mss_of(output.path_mtu(remote), remote);
}

}  // namespace sluice::tcp
