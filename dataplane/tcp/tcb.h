// Tcb: the transmission control block (RFC 9293 3.3.1): all that TCP knows of one connection, as plain state.
//
// Part of a Connection. segment_in, segment_out and the timers work on it; nothing here acts by itself.
#pragma once

#include <cstdint>

#include "tcp/ack_schedule.h"
#include "tcp/buffer_tuning.h"
#include "tcp/congestion/congestion_control.h"
#include "tcp/ecn.h"
#include "tcp/four_tuple.h"
#include "tcp/rack.h"
#include "tcp/receiver.h"
#include "tcp/regrets.h"
#include "tcp/rtt.h"
#include "tcp/sender.h"

namespace sluice::tcp {

// RFC 9293 3.3.2. LISTEN, the passive SYN-RECEIVED and TIME-WAIT have no Connection: see listeners.h, syn_backlog.h and
// time_wait.h.
enum class State : uint8_t {
  kSynSent,
  kSynReceived,
  kEstablished,
  kFinWait1,
  kFinWait2,
  kCloseWait,
  kClosing,
  kLastAck,
  kClosed,
};

// RFC 7323 3 and 5.
struct TimestampState {
  bool enabled = false;
  uint32_t offset = 0;  // of our clock on this connection
  uint32_t ts_recent = 0;
  SeqNum last_ack_sent;
  Instant ts_recent_at{};
};

// The tail loss probe that waits for its answer (RFC 8985 7.4.1).
struct TailLossProbe {
  SeqNum end_seq;
  bool sent = false;
  bool is_retrans = false;
};

struct Flight;

// What the timer that belongs to the send side is for: one of them at a time.
enum class SendTimer : uint8_t { kOff, kRetransmit, kPersist };

// Where routers keep silent: how far the suspicion has come that full segments are too large for the path (path_mtu.h).
struct BlackHole {
  enum class Step : uint8_t {
    kNone,
    kSuspected,  // segments got smaller, and nothing has shown yet that this helps
    kHelps,   // a smaller one has arrived: one of the old size is due, to tell a black hole from a path that was down
    kTrying,  // it is on its way
  };
  SeqNum head;       // the full segment that timed out last
  SeqNum tried_seq;  // kTrying: the segment of the old size
  SeqNum tried_end;
  uint16_t mtu_bytes = 0;  // what this connection has come down to, 0: nothing; others learn it when it is certain
  uint8_t timeouts = 0;    // in a row, of the same full segment
  Step step = Step::kNone;
};

struct Tcb {
  Tcb(const FourTuple& t, SliceNodePool& nodes, const Settings& settings)
      : tuple(t), sender(nodes), receiver(nodes), rtt(settings) {}

  FourTuple tuple;
  State state = State::kClosed;
  SendTimer send_timer = SendTimer::kOff;
  bool syn_lost = false;        // a SYN or SYN-ACK of ours was sent more than once
  uint8_t keep_alive_sent = 0;  // probes without an answer
  uint32_t path_version = 0;    // PathMtus::version() when the MSS was set
  uint32_t challenged_ms = 0;   // on the timestamp clock: a challenge acknowledgement was last sent
  uint32_t sent_again = 0;      // segments, probes and SYNs among them
  Sender sender;
  Receiver receiver;
  ReceiveTuning receive_tuning;
  AckSchedule acks;
  TimestampState timestamps;
  RttEstimator rtt;
  CongestionState congestion;
  PathHistory path;
  TailLossProbe probe;
  Regrets regrets;
  Flight* flight = nullptr;     // while text or a FIN is in flight
  bool sack_permitted = false;  // both SYNs said so (RFC 2018 2)
  bool window_scaling = false;  // both SYNs offered it (RFC 7323 2.2)
  uint8_t snd_wind_shift = 0;   // how the peer's windows are scaled
  uint16_t peer_mss = 536;      // what the peer's SYN said, RFC 9293 3.7.1
  uint16_t advertised_mss = 536;
  EcnState ecn;
  BlackHole black_hole;
  Instant path_until{};        // what was learnt of the path holds until then
  Instant heard_at{};          // the last acceptable segment arrived
  Instant progress_at{};       // SND.UNA moved, or the flight began
  Instant sent_at{};           // text, or the first SYN, was last sent
  Instant retransmitted_at{};  // something was last sent again
};

}  // namespace sluice::tcp
