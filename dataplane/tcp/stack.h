// Stack: the TCP of one worker: segments in, events out, and the reverse.
//
// Owned by the worker, one a worker, no state shared between workers. Pure over its WorkerContext and SegmentOutput:
// the same code runs on a NIC and under a virtual clock. See docs/tcp.md for what holds.
#pragma once

#include <string>

#include "sluice/result.h"
#include "tcp/connection.h"
#include "tcp/environment.h"
#include "tcp/icmp_error.h"
#include "tcp/listeners.h"
#include "tcp/ports.h"
#include "tcp/shedding.h"
#include "tcp/syn_backlog.h"

namespace sluice::tcp {

class Stack {
 public:
  Stack(WorkerContext& context, const Wiring& wiring, const Settings& settings);
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // Source ports are chosen so that replies come to this worker. Without it every port will do.
  void steer_by(const Steering& steering) { steering_ = &steering; }

  // Accepts connections to `local`; an unspecified address means every address of ours. Fails when the endpoint is
  // taken (kTcpListenConflict).
  [[nodiscard]] Status listen(const Endpoint& local, AcceptHandler& handler);
  // No new connections; those that were accepted go on.
  void stop_listening(const Endpoint& local);

  // Whether a route leads to `remote` from an address of ours.
  bool reaches(const IpAddress& remote) const { return env_.output.source_for(remote).has_value(); }
  // Opens a connection: on_connected() or on_closed() follows. Fails without a route, a free port or room for it.
  [[nodiscard]] Result<Connection*> connect(const Endpoint& remote, ConnectionEvents& events);

  // A segment that begins at its TCP header.
  void on_segment(const IpAddress& source, const IpAddress& destination, Packet segment, wire::SegmentMarks marks);

  // True when the error quotes a segment in flight: only then may a path MTU be believed (RFC 5927 4).
  bool on_icmp_error(const IcmpError& error);

  // Connections that take memory: established, closing, and closed but not yet read to the end.
  uint32_t connections() const { return env_.connections.size(); }
  uint32_t half_open() const { return backlog_.size(); }
  uint32_t time_wait() const { return env_.time_wait.size(); }

  // What holds the tuple, for tests and for people: "ESTABLISHED una=… nxt=… …", "SYN-RECEIVED", "TIME-WAIT", "CLOSED".
  std::string describe(const FourTuple& tuple);

 private:
  EntryRef find(const FourTuple& tuple);
  const FourTuple& tuple_of(EntryRef ref);
  void on_connection_segment(Connection& c, Segment& segment);
  void on_half_open_segment(HalfOpen& entry, Segment& segment);
  void on_time_wait_segment(uint32_t index, Segment& segment);
  void on_stray_segment(const FourTuple& tuple, Segment& segment);
  bool sheds_syn();
  bool try_accept_cookie(const FourTuple& tuple, Segment& segment);
  void dispatch(const FourTuple& tuple, Segment& segment);
  Connection* establish(HalfOpen& entry, AcceptHandler& handler);
  Connection* take_connection(const FourTuple& tuple, SeqNum iss, SeqNum irs, const wire::TcpOptions& peer_options);
  SourcePorts::Use use_of(const FourTuple& tuple);
  SeqNum first_number(const FourTuple& tuple);

  Environment env_;
  Listeners listeners_;
  SynBacklog backlog_;
  SourcePorts ports_;
  const Steering* steering_ = nullptr;
  Shedding shedding_;
};

}  // namespace sluice::tcp
