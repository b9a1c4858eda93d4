// Loss recovery: finds losses, decides what is to be sent again, and how large the flight may be meanwhile.
//
// With SACK losses are found by time (RFC 8985) and repaired under RFC 6937; without, by duplicate acknowledgements and
// partial ones (RFC 5681 3.2, RFC 6582), counted into the same pipe. A recovery that was for nothing is undone: the
// acknowledgement was for the first transmission (RFC 3522), all that was sent again came twice (RFC 3708), or the text
// behind it arrived without being sent again (RFC 5682).
#pragma once

#include "tcp/connection.h"
#include "tcp/delivery.h"
#include "tcp/segment.h"

namespace sluice::tcp {

// One acknowledgement that is new in some respect, once the sender and its scoreboard have taken it in.
struct AckNews {
  Delivery delivery;
  SeqNum ack;
  uint32_t acked_bytes = 0;           // SND.UNA has moved by
  bool duplicate = false;             // RFC 5681 2
  bool has_sack = false;              // it carried blocks, of whatever kind
  bool congestion_echo = false;       // ECE, where both ends use ECN
  uint32_t reported_twice_bytes = 0;  // D-SACK (RFC 2883)
  SeqNum reported_twice;              // where these begin
};

// REQUIRES: something was in flight.
void recover_on_ack(Connection& c, const AckNews& news);
// Something is reported to have come twice, and nothing was in flight any more.
void take_late_duplicate(Connection& c, const AckNews& news);
// Rack looks again: time has passed, and some of the flight may be lost by now.
void recover_on_second_look(Connection& c);
// The retransmission timer has expired with something in flight.
void recover_on_timeout(Connection& c);
// A probe has repaired a loss that needs no recovery, but is a sign of congestion (RFC 8985 7.4.2).
void on_repaired_loss(Connection& c);
// The window shrinks as for a loss, but nothing is to be sent again. Whatever marks and losses the flight so far still
// brings to light ask for no more. REQUIRES: a flight, and no recovery.
void reduce_without_recovery(Connection& c);

// Something is to be sent again before anything new: not while F-RTO watches what becomes of new text.
bool repairs_first(const Tcb& t);
// No new text could be sent for F-RTO to watch: it ends, and what is lost is sent again as ever. True when it was so.
bool f_rto_has_no_new_text(Tcb& t);
// What has to be sent again and fits the windows now.
std::optional<SendPiece> next_lost_piece(const Tcb& t);
// What may be sent beside what is in flight.
uint32_t congestion_room(const Tcb& t);

}  // namespace sluice::tcp
