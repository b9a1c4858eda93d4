// Explicit congestion notification: RFC 3168 6.1. A router marks a packet instead of dropping it; the receiver echoes
// the mark (ECE) until the sender says that it has reduced its window (CWR).
//
// Called by the handshake, by segment_in and by segment_out. The reduction is the congestion control's, as for a loss
// that needs no retransmission.
#pragma once

#include "tcp/segment.h"
#include "tcp/seq_num.h"
#include "wire/ecn.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

class Connection;

struct EcnState {
  bool enabled = false;
  bool echo = false;           // a mark has come and the peer has not reduced since
  bool reduction_due = false;  // the next new text says that the window was reduced, for whatever reason
  // With ECN and without: by a mark, or by a loss that needed no recovery (on_repaired_loss).
  bool reduced_here = false;  // at reduced_at the window was reduced: not for a loss that a recovery had found before
  SeqNum reduced_at;          // SND.NXT then: marks and losses of the same flight ask for nothing more
};

// 6.1.1: a SYN asks with ECE and CWR, and a SYN-ACK agrees with ECE alone.
inline bool asks_for_ecn(const wire::TcpFlags& syn) {
  return syn.ece && syn.cwr;
}
inline bool agrees_to_ecn(const wire::TcpFlags& syn_ack) {
  return syn_ack.ece && !syn_ack.cwr;
}
void enable_ecn(Connection& c);

// 6.1.3: a segment that was accepted may be marked, or tell that the peer has reduced.
void take_congestion_marks(Connection& c, const Segment& s);
// 6.1.2: the peer echoes a mark: the window is reduced once a flight. Before SEG.ACK is taken in, in the
// range that RFC 5961 5.2 allows.
void take_congestion_echo(Connection& c, const Segment& s);

// The flag that echoes goes onto every segment with ACK.
void echo_congestion(const Connection& c, wire::TcpHeader& header);
// New text: says that the window was reduced if that is due; may be marked on its way. Text that is sent again and
// probes of a window may not (6.1.5, 6.1.6).
wire::Ecn mark_new_text(const Connection& c, wire::TcpHeader& header);
// It has left.
void on_marked_text_sent(Connection& c);

}  // namespace sluice::tcp
