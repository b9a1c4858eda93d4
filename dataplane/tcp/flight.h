// Flight: what a connection knows only while something of it is unacknowledged: what was sent when, what is lost, and
// how that is being repaired. An idle connection has none, and costs none.
//
// Lives in the Environment's slab from the first segment of a flight until all of it is acknowledged.
#pragma once

#include <optional>

#include "tcp/congestion/congestion_control.h"
#include "tcp/prr.h"
#include "tcp/rack.h"
#include "tcp/scoreboard.h"
#include "tcp/seq_num.h"
#include "tcp/window_use.h"

namespace sluice::tcp {

class Connection;

// The one segment whose round trip is being measured (RFC 6298 3).
struct RttTiming {
  bool running = false;
  bool probed = false;  // a probe of the tail has left since, whose answer could be taken for this one's
  SeqNum end;
  Instant sent_at{};
};

enum class Recovery : uint8_t {
  kNone,
  kFast,     // a loss was found by acknowledgements (RFC 5681 3.2)
  kTimeout,  // by the retransmission timer
};

// RFC 5682: whether a timeout was spurious.
enum class FRto : uint8_t {
  kOff,
  kFirstAck,   // the head was sent again, the next acknowledgement decides whether to look closer
  kSecondAck,  // new text was sent instead of more of the old, the next acknowledgement tells
};

struct Flight {
  Scoreboard board;
  RttTiming timing;
  Rack rack;
  Growth growth;
  WindowUse window_use;
  Instant look_again_at = Instant::never();  // Rack's second look
  Recovery recovery = Recovery::kNone;
  FRto f_rto = FRto::kOff;
  uint8_t duplicate_acks = 0;
  bool timed_out = false;            // nothing was acknowledged since a timeout
  SeqNum recover;                    // SND.NXT when the last recovery began (RFC 6582)
  uint32_t duplicate_ack_bytes = 0;  // without SACK: what duplicates say has arrived, behind the head
  Prr prr;
  std::optional<uint32_t> first_again_ms;  // when something was first sent again, see begin_repairs()

  // What is sent again from now on may be told by its time from what was sent before, as far as first_again_ms says: an
  // earlier repair that is still on its way is no original either.
  void begin_repairs() {
    if (!board.repairs_on_their_way()) first_again_ms.reset();
  }

  // What is believed to be in the network (RFC 6675 4).
  uint32_t pipe_bytes() const {
    const uint32_t bytes = board.in_flight_bytes();
    return bytes - (duplicate_ack_bytes < bytes ? duplicate_ack_bytes : bytes);
  }
};

// The flight of `c`, begun now if there is none.
Flight& flight_of(Connection& c);
// All is acknowledged, or nothing of it counts any more.
void end_flight(Connection& c);

}  // namespace sluice::tcp
