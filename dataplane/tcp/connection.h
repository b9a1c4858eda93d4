// Connection: one TCP connection: its control block, its timer and its task, and what its user can do with it.
//
// Lives in the Environment's slab from the first SYN (active) or the last ACK of the handshake (passive) until it has
// ended and its user has been told. No event is given inside a call: events and most of what is sent leave in the task,
// at the end of the poll, so that what one poll produces shares its packets.
#pragma once

#include <array>
#include <cstdint>

#include "base/task_queue.h"
#include "base/timer_wheel.h"
#include "tcp/environment.h"
#include "tcp/events.h"
#include "tcp/tcb.h"

namespace sluice::tcp {

// The moments a connection waits for. One wheel entry serves them all: it is armed for the earliest, and moved when it
// fires too early.
enum class Deadline : uint8_t {
  kLossProbe,   // a tail loss probe, or another look for losses; comes before a retransmission timer that is due too
  kSend,        // retransmission or persist, see SendTimer
  kDelayedAck,  // an acknowledgement that may wait
  kLife,        // connect timeout, FIN-WAIT-2 of a closed connection, keep-alive
  kCount,
};

class Connection {
 public:
  Connection(Environment& env, const FourTuple& tuple);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // For its user, until on_closed(), close() or abort().

  void set_events(ConnectionEvents* events);
  // What has arrived in order. Say by consumed() how much was taken.
  SliceQueue& readable() { return tcb_.receiver.readable(); }
  void consumed(size_t bytes);
  // The peer has ended its side: nothing follows what is in readable().
  bool end_of_stream() const { return tcb_.receiver.finished(); }
  // Bytes that write() takes now.
  size_t room() const;
  // Queues all of `bytes`, whatever room() says. Ignored after shutdown_write().
  void write(SliceQueue bytes);
  size_t unacknowledged() const { return tcb_.sender.queued_bytes(); }
  // A FIN follows what was written (RFC 9293 3.10.4).
  void shutdown_write();
  // Ends this side in order and discards what still arrives, for a bounded time. No events follow.
  void close();
  // RST (RFC 9293 3.10.5). No events follow.
  void abort();
  const ConnectionOptions& options() const { return own_options_ != nullptr ? *own_options_ : env_.options; }
  // In force from now on; keep-alive begins to count.
  void set_options(const ConnectionOptions& options);
  const FourTuple& tuple() const { return tcb_.tuple; }
  State state() const { return tcb_.state; }

  // For the tcp room.

  Environment& env() const { return env_; }
  Tcb& tcb() { return tcb_; }
  const Tcb& tcb() const { return tcb_; }
  // Nobody waits for it any more: close() was called.
  bool orphan() const { return orphan_; }

  // Events for the user, given by the task.
  void expect_accept(AcceptHandler& handler);
  const AcceptHandler* accepting() const { return accept_handler_; }
  void raise_connected() { raise(kConnected); }
  void raise_readable() { raise(kReadable); }
  void on_room_grown();
  // Something may be sent: segment_out is asked at the end of the poll.
  void want_output();

  void arm(Deadline deadline, Instant at);
  void disarm(Deadline deadline) { deadlines_[static_cast<size_t>(deadline)] = Instant::never(); }
  Instant deadline(Deadline d) const { return deadlines_[static_cast<size_t>(d)]; }
  bool armed(Deadline deadline) const { return deadlines_[static_cast<size_t>(deadline)] != Instant::never(); }

  // The protocol is done with it: CLOSED. The user is told; the connection goes when nobody needs it.
  void end(CloseReason reason);
  // The same, and the tuple stays in TIME-WAIT.
  void end_in_time_wait();

 private:
  enum Event : uint8_t { kConnected = 1, kReadable = 2, kWritable = 4 };

  // What may be queued for the peer now, bytes.
  uint32_t send_buffer() const;
  void raise(Event event);
  void on_task();
  void on_timer();
  void give_events();
  void give_accept();
  void give(Event event, void (ConnectionEvents::*callback)());
  void stop();
  EntryRef ref() const;

  Environment& env_;
  Tcb tcb_;
  ConnectionEvents* events_ = nullptr;
  AcceptHandler* accept_handler_ = nullptr;   // until on_accept()
  ConnectionOptions* own_options_ = nullptr;  // the stack's hold without
  uint8_t raised_ = 0;                        // Events
  CloseReason reason_ = CloseReason::kFinished;
  bool output_wanted_ = false;
  mutable bool write_limited_ = false;  // on_writable() is owed: the user has been told of little room
  bool orphan_ = false;
  std::array<Instant, static_cast<size_t>(Deadline::kCount)> deadlines_;
  Timer timer_;
  Task task_;
};

static_assert(sizeof(Connection) == 584);  // docs/tcp.md says so

}  // namespace sluice::tcp
