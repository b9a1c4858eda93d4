// CongestionControl: how large the flight of a connection may be. Decides the window; never what is lost.
//
// One stateless object serves all connections of a stack; what it keeps for each is a CongestionState inside the
// connection, and a Growth inside its flight. loss_recovery.h says when something was lost, segment_out.h obeys.
#pragma once

#include <cstdint>
#include <limits>

#include "sluice/units.h"
#include "tcp/congestion/hystart.h"
#include "tcp/seq_num.h"

namespace sluice::tcp {

// What outlives a flight.
struct CongestionState {
  static constexpr uint32_t kUnlimited = std::numeric_limits<uint32_t>::max();

  uint32_t cwnd = 0;               // bytes
  uint32_t ssthresh = kUnlimited;  // bytes
  uint32_t w_max = 0;              // bytes: the window before the last reduction, RFC 9438 4.1.2; 0: none to return to
  uint32_t cwnd_prior = 0;         // bytes: the window when ssthresh was last set
};

// How the window grows while a flight lasts; begins anew with each.
struct Growth {
  uint32_t bytes_acked = 0;  // NewReno: since cwnd last grew in congestion avoidance
  HyStart hystart;
  struct Epoch {  // CUBIC's congestion avoidance, RFC 9438 4.1.2
    bool running = false;
    Instant start{};
    double k_s = 0;
    double origin_bytes = 0;
    double w_est_bytes = 0;
    double credit_bytes = 0;  // growth of less than a byte
  } epoch;
};

// New data was acknowledged.
struct AckEvent {
  Instant now;
  SeqNum snd_una;
  SeqNum snd_nxt;
  uint32_t acked_bytes = 0;
  uint32_t mss = 0;
  Duration rtt{};  // measured with this acknowledgement; zero: not
  Duration srtt{};
  bool after_timeout = false;  // still repairing what the retransmission timer found lost
};

class CongestionControl {
 public:
  virtual ~CongestionControl() = default;

  // The handshake is over. syn_lost: a SYN or SYN-ACK had to be sent again (RFC 5681 3.1).
  virtual void on_established(CongestionState& state, uint32_t mss, bool syn_lost) const = 0;
  // New data was acknowledged outside of fast recovery while the window was the limit (window_use.h).
  virtual void on_ack(CongestionState& state, Growth& growth, const AckEvent& ack) const = 0;
  // A loss was found by acknowledgements: sets ssthresh; the recovery sets cwnd.
  virtual void on_loss(CongestionState& state, Growth& growth, uint32_t flight_bytes, uint32_t mss) const = 0;
  // The retransmission timer expired. first: not again for the same data (RFC 5681 3.1, equation 4).
  virtual void on_timeout(CongestionState& state, Growth& growth, uint32_t flight_bytes, uint32_t mss,
                          bool first) const = 0;

  // Data is about to be sent after more than an RTO of silence (RFC 5681 4.1).
  void on_idle_restart(CongestionState& state, uint32_t mss) const;
  // Nothing was lost after all: back to what was before, unless it is more by now (RFC 9438 4.9).
  void undo(CongestionState& state, Growth& growth, const CongestionState& before) const;
};

// RFC 6928 2: ten segments, or 14,600 bytes of larger ones.
uint32_t initial_window(uint32_t mss);

// Far above any flight that the send buffer allows; keeps the arithmetic on windows below 2^31.
inline constexpr uint32_t kLargestWindow = 1u << 30;

}  // namespace sluice::tcp
