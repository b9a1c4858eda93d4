// CongestionControl: how large the flight of a connection may be. Decides the window; never what is lost.
//
// One stateless object serves all connections of a stack; what it keeps for each is a CongestionState inside the
// connection. loss_recovery.h says when something was lost, segment_out.h obeys the window.
#pragma once

#include <cstdint>
#include <limits>

#include "sluice/units.h"

namespace sluice::tcp {

struct CongestionState {
  uint32_t cwnd = 0;                                         // bytes
  uint32_t ssthresh = std::numeric_limits<uint32_t>::max();  // bytes
  uint32_t bytes_acked = 0;                                  // since cwnd last grew in congestion avoidance
};

class CongestionControl {
 public:
  virtual ~CongestionControl() = default;

  // The handshake is over. syn_lost: a SYN or SYN-ACK had to be sent again (RFC 5681 3.1).
  virtual void on_established(CongestionState& state, uint32_t mss, bool syn_lost) const = 0;
  // New data was acknowledged outside of recovery while the window was the limit.
  virtual void on_ack(CongestionState& state, uint32_t acked_bytes, uint32_t mss) const = 0;
  // A loss was found by duplicate ACKs: sets ssthresh; the recovery sets cwnd.
  virtual void on_loss(CongestionState& state, uint32_t flight_bytes, uint32_t mss) const = 0;
  // The retransmission timer expired. first: not again for the same data (RFC 5681 3.1, equation 4).
  virtual void on_timeout(CongestionState& state, uint32_t flight_bytes, uint32_t mss, bool first) const = 0;
  // Data is about to be sent after more than an RTO of silence (RFC 5681 4.1).
  virtual void on_idle_restart(CongestionState& state, uint32_t mss) const = 0;
};

// RFC 6928 2: ten segments, or 14,600 bytes of larger ones.
uint32_t initial_window(uint32_t mss);

}  // namespace sluice::tcp
