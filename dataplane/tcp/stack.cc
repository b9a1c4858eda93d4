#include "tcp/stack.h"

#include <algorithm>
#include <utility>

#include "tcp/handshake.h"
#include "tcp/isn.h"
#include "tcp/segment_in.h"
#include "tcp/segment_out.h"
#include "tcp/time_wait_in.h"
#include "tcp/timeouts.h"
#include "wire/checksum.h"

namespace sluice::tcp {

namespace {

constexpr uint8_t kTcpProtocol = 6;

bool checksum_holds(const IpAddress& source, const IpAddress& destination, const Packet& segment) {
  auto sum = wire::pseudo_header_sum(source, destination, kTcpProtocol, static_cast<uint32_t>(segment.size()));
  sum.add(segment.bytes());
  return sum.checksum() == 0;
}

// An option that the settings turn off counts as not there, whoever offers it (RFC 7323 2.2, 3.2).
void ignore_what_is_turned_off(wire::TcpOptions& options, const Settings& settings) {
  if (!settings.timestamps) options.timestamps.reset();
  if (!settings.window_scale) options.window_scale.reset();
}

// What a new control block knows before the first segment of the peer's is taken in.
void prepare(Connection& c, SeqNum iss) {
  Tcb& t = c.tcb();
  t.advertised_mss = c.env().own_mss(t.tuple.remote.address);
  t.timestamps.offset = timestamp_offset(c.env().secrets.timestamps, t.tuple);
  t.sender.open(iss);
}

}  // namespace

Stack::Stack(WorkerContext& context, const Wiring& wiring, const Settings& settings)
    : env_(context, wiring, settings), backlog_(env_), ports_(env_.secrets.ports, env_.settings), shedding_(env_) {}

Status Stack::listen(const Endpoint& local, AcceptHandler& handler) {
  if (listeners_.try_add(local, handler)) return {};
  env_.count(Counter::kTcpListenConflict);
  return Error{Counter::kTcpListenConflict, Side::kSelf, "tcp.listen"};
}

// Connections that the handler has not seen yet have nobody any more.
void Stack::stop_listening(const Endpoint& local) {
  const AcceptHandler* handler = listeners_.remove(local);
  if (handler == nullptr) return;
  env_.connections.for_each([&](Connection& c) {
    if (c.accepting() == handler) c.abort();
  });
}

SourcePorts::Use Stack::use_of(const FourTuple& tuple) {
  if (steering_ != nullptr && steering_->owner(tuple.remote, tuple.local) != env_.context.id) {
    return SourcePorts::Use::kElsewhere;
  }
  const EntryRef ref = find(tuple);
  if (ref.kind == EntryKind::kNone) return SourcePorts::Use::kFree;
  const bool resting = ref.kind == EntryKind::kTimeWait && env_.time_wait.may_be_reused(ref.index);
  return resting ? SourcePorts::Use::kResting : SourcePorts::Use::kTaken;
}

// The sequence number with which `tuple` begins; above that of its last connection, whose TIME-WAIT ends (RFC 6191).
SeqNum Stack::first_number(const FourTuple& tuple) {
  const EntryRef ref = find(tuple);
  if (ref.kind != EntryKind::kTimeWait) {
    return initial_sequence_number(env_.secrets.sequence_numbers, tuple, env_.now());
  }
  const SeqNum above = env_.time_wait.at(ref.index).snd_nxt;
  env_.time_wait.remove(ref.index);
  env_.count(Counter::kTcpTimeWaitReused);
  return initial_sequence_number_above(above, env_, tuple);
}

Result<Connection*> Stack::connect(const Endpoint& remote, ConnectionEvents& events) {
  const auto refuse = [&](Counter reason) {
    env_.count(reason);
    return Error{reason, Side::kSelf, "tcp.connect"};
  };
  const auto source = env_.output.source_for(remote.address);
  if (!source) return refuse(Counter::kTcpNoRoute);
  FourTuple tuple{.local = {*source, Port{0}}, .remote = remote};
  const auto port = ports_.choose(tuple, [&](const FourTuple& t) { return use_of(t); });
  if (!port) return refuse(Counter::kTcpPortsExhausted);
  tuple.local.port = *port;
  Connection* c = env_.connections.try_take(env_, tuple);
  if (c == nullptr) return refuse(Counter::kTcpConnectionsFull);
  const SeqNum iss = first_number(tuple);
  const EntryRef ref{EntryKind::kConnection, env_.connections.handle(c).slot};
  if (!env_.demux.try_insert(env_.demux.hash(tuple), ref)) {
    env_.connections.release(c);
    return refuse(Counter::kTcpConnectionsFull);
  }
  prepare(*c, iss);
  Tcb& t = c->tcb();
  t.state = State::kSynSent;
  t.sent_at = env_.now();
  c->set_events(&events);
  c->arm(Deadline::kSend, env_.now() + t.rtt.rto(env_.settings));
  limit_connect(*c);
  send_syn(*c);
  env_.count(Counter::kTcpConnects);
  return c;
}

void Stack::on_segment(const IpAddress& source, const IpAddress& destination, Packet packet, wire::SegmentMarks marks) {
  env_.count(Counter::kTcpSegmentsReceived);
  if (!marks.checksum_verified && !checksum_holds(source, destination, packet))
    return env_.count(Counter::kTcpBadChecksum);
  const auto parsed = wire::parse_tcp_header(packet.bytes());
  if (!parsed) return env_.count(Counter::kTcpBadHeader);
  if (parsed->malformed_options) return env_.count(Counter::kTcpBadOptions);
  const wire::TcpHeader& header = parsed->header;
  const FourTuple tuple{.local = {destination, header.destination_port}, .remote = {source, header.source_port}};
  const bool no_port = tuple.local.port == Port{0} || tuple.remote.port == Port{0};
  if (no_port || tuple.local == tuple.remote) return env_.count(Counter::kTcpBadTuple);
  if (header.flags.syn && (header.flags.fin || header.flags.rst)) return env_.count(Counter::kTcpBadFlags);
  packet.trim_front(parsed->header_bytes);
  Segment segment(header, std::move(packet));
  segment.ecn = marks.ecn;
  ignore_what_is_turned_off(segment.options, env_.settings);
  dispatch(tuple, segment);
}

void Stack::dispatch(const FourTuple& tuple, Segment& segment) {
  const EntryRef ref = find(tuple);
  switch (ref.kind) {
    case EntryKind::kConnection:
      return on_connection_segment(env_.connections.at(ref.index), segment);
    case EntryKind::kHalfOpen:
      return on_half_open_segment(backlog_.at(ref.index), segment);
    case EntryKind::kTimeWait:
      return on_time_wait_segment(ref.index, segment);
    case EntryKind::kNone:
      return on_stray_segment(tuple, segment);
  }
}

void Stack::on_connection_segment(Connection& c, Segment& segment) {
  c.state() == State::kSynSent ? segment_arrives_in_syn_sent(c, segment) : segment_arrives(c, segment);
}

void Stack::on_half_open_segment(HalfOpen& entry, Segment& segment) {
  if (backlog_.on_segment(entry, segment) == SynBacklog::Verdict::kDone) return;
  AcceptHandler* handler = listeners_.find(entry.tuple.local);
  if (handler == nullptr) {
    send_reset_for(env_, entry.tuple, segment);
    env_.count(Counter::kTcpNoListener);
    return backlog_.drop(entry);
  }
  // Without room the entry stays, and the peer's next segment tries again.
  if (Connection* c = establish(entry, *handler)) segment_arrives(*c, segment);
}

// From SYN-RECEIVED as an entry to SYN-RECEIVED as a connection: the acknowledgement itself then goes through the steps
// of RFC 9293 3.10.7.4 as for any other.
Connection* Stack::establish(HalfOpen& entry, AcceptHandler& handler) {
  Connection* c = take_connection(entry.tuple, entry.iss, entry.irs, entry.peer_options());
  if (c == nullptr) return nullptr;
  Tcb& t = c->tcb();
  t.syn_lost = entry.repeated;
  t.sent_at = entry.sent_at;
  if (entry.ecn) enable_ecn(*c);
  env_.demux.replace(env_.demux.hash(entry.tuple), backlog_.ref(entry),
                     {EntryKind::kConnection, env_.connections.handle(c).slot});
  backlog_.release(entry);
  c->expect_accept(handler);
  env_.count(Counter::kTcpAccepts);
  return c;
}

// A connection in SYN-RECEIVED that nothing leads to yet; nullptr, and counted, when there is no room.
Connection* Stack::take_connection(const FourTuple& tuple, SeqNum iss, SeqNum irs,
                                   const wire::TcpOptions& peer_options) {
  Connection* c = env_.connections.try_take(env_, tuple);
  if (c == nullptr) {
    env_.count(Counter::kTcpConnectionsFull);
    return nullptr;
  }
  prepare(*c, iss);
  Tcb& t = c->tcb();
  t.state = State::kSynReceived;
  const uint32_t buffer = std::min(env_.settings.receive_buffer_bytes, kFirstBufferBytes);
  t.receiver.open(irs, buffer, std::min(buffer, 65'535u));
  take_peer_options(*c, peer_options);
  return c;
}

// The last acknowledgement of a handshake that we have kept nothing of. True: it was one, whatever came of it. Without
// room it is dropped, and the peer's next segment tries again.
bool Stack::try_accept_cookie(const FourTuple& tuple, Segment& segment) {
  AcceptHandler* handler = listeners_.find(tuple.local);
  if (handler == nullptr) return false;
  const auto offer = backlog_.on_cookie(tuple, segment);
  if (!offer) return false;
  Connection* c = take_connection(tuple, segment.ack - SeqLen{1}, segment.seq - SeqLen{1}, offer->options);
  if (c == nullptr) return true;
  if (!env_.demux.try_insert(env_.demux.hash(tuple), {EntryKind::kConnection, env_.connections.handle(c).slot})) {
    env_.connections.release(c);
    env_.count(Counter::kTcpConnectionsFull);
    return true;
  }
  c->tcb().retransmitted_at = env_.now();  // the echo carries the cookie in its low bits: it measures nothing
  if (env_.settings.ecn && offer->ecn) enable_ecn(*c);
  c->expect_accept(*handler);
  env_.count(Counter::kTcpAccepts);
  segment_arrives(*c, segment);
  return true;
}

void Stack::on_time_wait_segment(uint32_t index, Segment& segment) {
  if (segment_arrives_in_time_wait(env_, index, segment) == TimeWaitVerdict::kDone) return;
  const TimeWaitEntry entry = env_.time_wait.at(index);
  if (listeners_.find(entry.tuple.local) == nullptr) return on_stray_segment(entry.tuple, segment);
  if (sheds_syn()) return;
  // A cookie is a number that lies anywhere, below the old ones, too: the wait goes on, and so does the peer
  // (RFC 1122 4.2.2.13, RFC 6191 2).
  if (backlog_.full()) return env_.count(Counter::kTcpInTimeWait);
  env_.time_wait.remove(index);
  env_.count(Counter::kTcpTimeWaitReused);
  backlog_.on_syn(entry.tuple, segment, &entry.snd_nxt);
}

// Nobody new is let in while packets run out.
bool Stack::sheds_syn() {
  if (!env_.packets_critical()) return false;
  env_.count(Counter::kTcpSynShed);
  return true;
}

// RFC 9293 3.10.7.1 and 3.10.7.2: CLOSED, or LISTEN.
void Stack::on_stray_segment(const FourTuple& tuple, Segment& segment) {
  if (segment.flags.rst) return env_.count(Counter::kTcpNoConnection);
  if (segment.flags.ack && !segment.flags.syn && try_accept_cookie(tuple, segment)) return;
  const bool listening = listeners_.find(tuple.local) != nullptr;
  if (!segment.flags.syn || segment.flags.ack) {
    env_.count(Counter::kTcpNoConnection);
    if (listening && !segment.flags.ack) return;  // 3.10.7.2, fourth
  } else if (listening) {
    if (!sheds_syn()) backlog_.on_syn(tuple, segment);
    return;
  } else {
    env_.count(Counter::kTcpNoListener);
  }
  send_reset_for(env_, tuple, segment);
}

bool Stack::on_icmp_error(const IcmpError& error) {
  const EntryRef ref = find(error.tuple);
  if (ref.kind == EntryKind::kConnection) return tcp::on_icmp_error(env_.connections.at(ref.index), error);
  env_.count(Counter::kTcpIcmpNotInFlight);
  return false;
}

EntryRef Stack::find(const FourTuple& tuple) {
  return env_.demux.find(env_.demux.hash(tuple), [&](EntryRef ref) { return tuple_of(ref) == tuple; });
}

const FourTuple& Stack::tuple_of(EntryRef ref) {
  if (ref.kind == EntryKind::kConnection) return env_.connections.at(ref.index).tuple();
  if (ref.kind == EntryKind::kHalfOpen) return backlog_.at(ref.index).tuple;
  return env_.time_wait.at(ref.index).tuple;
}

}  // namespace sluice::tcp
