// Settings: the bounds and times of one worker's TCP. Plain data; the defaults are those of docs/tcp.md.
#pragma once

#include <cstdint>

#include "sluice/units.h"

namespace sluice::tcp {

enum class Congestion : uint8_t { kCubic, kNewReno };

struct Settings {
  // Bounds of one worker. Everything that a peer can make it hold is limited by one of these.
  uint32_t max_connections = 65'536;
  uint32_t max_half_open = 4'096;
  uint32_t max_time_wait = 65'536;  // 0: nothing waits
  uint32_t max_out_of_order_segments = 65'536;

  // What buffer_tuning.h gives a connection at most.
  uint32_t receive_buffer_bytes = 4 * 1024 * 1024;  // the window that is offered, at most 1 GiB
  uint32_t send_buffer_bytes = 4 * 1024 * 1024;     // what room() allows to be queued

  Duration initial_rto = Duration::seconds(1);        // RFC 6298 2.1
  Duration min_rto = Duration::milliseconds(200);     // beside SRTT; below RFC 6298 2.4, as common stacks do
  Duration max_rto = Duration::seconds(60);           // RFC 6298 2.5
  Duration delayed_ack = Duration::milliseconds(40);  // RFC 9293 3.8.6.3 allows 500 ms
  Duration connect_timeout = Duration::seconds(60);
  Duration user_timeout = Duration::seconds(120);  // RFC 9293 3.8.3: R2, at least 100 s
  Duration fin_wait_2 = Duration::seconds(60);     // for connections that their user has closed
  Duration time_wait = Duration::seconds(60);
  uint8_t syn_retries = UINT8_MAX;  // of a connect, which connect_timeout ends as well
  uint8_t syn_ack_retries = 5;

  Congestion congestion = Congestion::kCubic;
  bool nagle = false;  // RFC 9293 3.7.4; writes of one poll are sent together either way
  bool ecn = true;     // RFC 3168: asked for, and agreed to
  // RFC 7323: each offered, and agreed to. What is not counts as not offered by the peer either.
  bool timestamps = true;
  bool window_scale = true;

  // RFC 9293 3.8.4. An idle time of 0 turns keep-alive off.
  Duration keep_alive_idle{};
  Duration keep_alive_interval = Duration::seconds(75);
  uint8_t keep_alive_probes = 9;

  uint32_t challenge_acks_per_second = 1'000;  // RFC 5961 7
  uint32_t resets_per_second = 1'000;

  Port first_source_port{32'768};
  Port last_source_port{60'999};
};

// What the user of a connection may choose for it; it begins with the stack's.
struct ConnectionOptions {
  ConnectionOptions() = default;
  explicit ConnectionOptions(const Settings& s)
      : user_timeout(s.user_timeout),
        keep_alive_idle(s.keep_alive_idle),
        keep_alive_interval(s.keep_alive_interval),
        keep_alive_probes(s.keep_alive_probes),
        nagle(s.nagle) {}

  Duration user_timeout{};
  Duration keep_alive_idle{};
  Duration keep_alive_interval{};
  uint8_t keep_alive_probes = 0;
  bool nagle = false;
};

}  // namespace sluice::tcp
