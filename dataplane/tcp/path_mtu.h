// Path MTU discovery of a connection: RFC 1191, RFC 8201, and what to do when routers keep silent (RFC 4821, RFC
// 8899 4.3).
//
// Works on what all connections of a stack have learnt (path_mtus.h).
#pragma once

#include "tcp/connection.h"

namespace sluice::tcp {

// Takes over what has been learnt since, by this connection or another, or was forgotten. Before text is sent.
void follow_path_mtu(Connection& c);

// A router cannot pass on a packet in flight; mtu: what it can, in bytes. Ends a suspicion (below). True when segments
// get smaller than they were before that.
bool on_packet_too_big(Connection& c, uint16_t mtu);

// Silent routers (RFC 4821 7.7). A full segment that times out again and again may be too large: this connection tries
// the next smaller size. That alone proves nothing: a peer or a path that was down for a second looks the same. So when
// a smaller segment has arrived, one of the old size goes out once more. If that is lost, all connections to the
// destination learn the smaller size; if it arrives, the old size holds again.

// The retransmission timer has expired.
void suspect_black_hole(Connection& c);
// SND.UNA has moved.
void on_progress(Connection& c);
bool old_size_is_due(const Connection& c);
// While it lives, segments may be as large as before the suspicion.
class OldSize {
 public:
  explicit OldSize(Connection& c);
  ~OldSize();
  OldSize(const OldSize&) = delete;
  OldSize& operator=(const OldSize&) = delete;

 private:
  Connection& c_;
  const uint16_t suspected_mtu_;
};
// `piece` is the one of the old size that was due.
void on_old_size_sent(Connection& c, const SendPiece& piece);
// `piece` was lost and has been sent once more: what a tail loss probe repeats is not lost yet (RFC 8985 7).
void on_piece_repaired(Connection& c, const SendPiece& piece);

}  // namespace sluice::tcp
