#include "tcp/connection.h"

#include <algorithm>
#include <utility>

#include "tcp/flight.h"
#include "tcp/segment_out.h"
#include "tcp/timeouts.h"

namespace sluice::tcp {

Connection::Connection(Environment& env, const FourTuple& tuple)
    : env_(env),
      tcb_(tuple, env.nodes, env.settings),
      timer_([](void* self) { static_cast<Connection*>(self)->on_timer(); }, this),
      task_([](void* self) { static_cast<Connection*>(self)->on_task(); }, this) {
  deadlines_.fill(Instant::never());
}

Connection::~Connection() {
  tcb_.receiver.discard(env_.out_of_order);
  end_flight(*this);
  if (own_options_ != nullptr) env_.own_options.release(own_options_);
}

EntryRef Connection::ref() const {
  return {EntryKind::kConnection, env_.connections.handle(this).slot};
}

void Connection::set_events(ConnectionEvents* events) {
  events_ = events;
  if (tcb_.receiver.unread_bytes() > 0 || end_of_stream()) raise_readable();
}

void Connection::consumed(size_t bytes) {
  tcb_.receiver.consumed(bytes);
  const uint32_t needed = tcb_.receive_tuning.on_consumed(bytes, env_.now(), tcb_.rtt.smoothed());
  tcb_.receiver.grow_buffer(std::min(needed, env_.settings.receive_buffer_bytes));
  if (tcb_.state == State::kClosed) {
    env_.context.tasks.post(task_);  // on_closed() may have waited for this
  } else if (tcb_.receiver.window_update_due(tcb_.advertised_mss, env_.share_of(env_.settings.receive_buffer_bytes))) {
    tcb_.acks.require(AckSchedule::Due::kEndOfPoll);
    want_output();
  }
}

uint32_t Connection::send_buffer() const {
  return env_.share_of(send_buffer_for(tcb_.congestion.cwnd, env_.settings.send_buffer_bytes));
}

// The buffer may shrink under what is queued (few packets, a smaller congestion window), so it is the answer that makes
// the user wait, not what the user wrote before.
size_t Connection::room() const {
  if (tcb_.sender.write_ended() || tcb_.state == State::kClosed) return 0;
  const size_t limit = send_buffer();
  const size_t room = limit - std::min(limit, tcb_.sender.queued_bytes());
  write_limited_ |= room < limit / 4;
  return room;
}

void Connection::write(SliceQueue bytes) {
  if (tcb_.sender.write_ended() || tcb_.state == State::kClosed || bytes.empty()) return;
  write_limited_ |= bytes.size() >= room();
  tcb_.sender.write(std::move(bytes), env_.packets, env_.nodes);
  want_output();
}

// RFC 9293 3.10.4. The FIN leaves when what was written before has; the state changes at once.
void Connection::shutdown_write() {
  if (tcb_.sender.write_ended() || tcb_.state == State::kClosed) return;
  tcb_.sender.finish();
  if (tcb_.state == State::kEstablished) tcb_.state = State::kFinWait1;
  if (tcb_.state == State::kCloseWait) tcb_.state = State::kLastAck;
  want_output();
}

void Connection::close() {
  events_ = nullptr;
  orphan_ = true;
  if (tcb_.state == State::kSynSent) return end(CloseReason::kAborted);
  tcb_.receiver.discard(env_.out_of_order);
  shutdown_write();
  if (tcb_.state == State::kFinWait2) arm(Deadline::kLife, env_.now() + env_.settings.fin_wait_2);
  env_.context.tasks.post(task_);
}

void Connection::abort() {
  events_ = nullptr;
  orphan_ = true;
  // SYN-SENT has nothing to reset (RFC 9293 3.10.5).
  if (tcb_.state != State::kSynSent && tcb_.state != State::kClosed) send_reset(*this);
  end(CloseReason::kAborted);
  env_.context.tasks.post(task_);
}

void Connection::set_options(const ConnectionOptions& options) {
  const bool watching = this->options().keep_alive_idle > Duration{};
  if (own_options_ == nullptr) own_options_ = env_.own_options.try_take();  // there are as many as connections
  *own_options_ = options;
  // Before ESTABLISHED, and for an orphan, the same deadline has another meaning.
  const bool settled = tcb_.state != State::kSynSent && tcb_.state != State::kSynReceived && !orphan_;
  if (settled && (watching || options.keep_alive_idle > Duration{})) watch_for_silence(*this);
  heed_user_timeout(*this);
  want_output();
}

void Connection::expect_accept(AcceptHandler& handler) {
  accept_handler_ = &handler;
  env_.context.tasks.post(task_);
}

void Connection::raise(Event event) {
  if (orphan_) return;
  raised_ |= event;
  env_.context.tasks.post(task_);
}

// Waits until a quarter of what may be queued is free: an event for each acknowledgement would wake the user for
// crumbs.
void Connection::on_room_grown() {
  if (write_limited_ && room() >= send_buffer() / 4) {
    write_limited_ = false;
    raise(kWritable);
  }
}

void Connection::want_output() {
  output_wanted_ = true;
  env_.context.tasks.post(task_);
}

void Connection::arm(Deadline deadline, Instant at) {
  deadlines_[static_cast<size_t>(deadline)] = at;
  if (at < timer_.deadline()) env_.context.timers.schedule(timer_, at);
}

void Connection::on_timer() {
  for (size_t i = 0; i < deadlines_.size() && tcb_.state != State::kClosed; ++i) {
    if (deadlines_[i] > env_.now()) continue;
    deadlines_[i] = Instant::never();
    on_deadline(*this, static_cast<Deadline>(i));
  }
  if (tcb_.state == State::kClosed) return;
  const Instant next = *std::min_element(deadlines_.begin(), deadlines_.end());
  if (next != Instant::never()) env_.context.timers.schedule(timer_, next);
}

void Connection::stop() {
  env_.context.timers.cancel(timer_);
  tcb_.state = State::kClosed;
  tcb_.sender.clear();
  end_flight(*this);
  env_.context.tasks.post(task_);
}

void Connection::end(CloseReason reason) {
  if (tcb_.state == State::kClosed) return;
  env_.demux.erase(env_.demux.hash(tcb_.tuple), ref());
  reason_ = reason;
  stop();
}

void Connection::end_in_time_wait() {
  env_.time_wait.enter({.tuple = tcb_.tuple,
                        .snd_nxt = tcb_.sender.snd_max(),
                        .rcv_nxt = tcb_.receiver.rcv_nxt(),
                        .ts_recent = tcb_.timestamps.ts_recent,
                        .has_timestamps = tcb_.timestamps.enabled},
                       ref());
  reason_ = CloseReason::kFinished;
  stop();
}

// First the events, then, behind the tasks that they posted, what is to be sent: so an answer written by a later task
// of this poll still goes out in one piece.
void Connection::on_task() {
  const bool woke_user = accept_handler_ != nullptr || raised_ != 0;
  give_events();
  if (tcb_.state == State::kClosed) {
    if (events_ == nullptr) env_.connections.release(this);
    return;
  }
  if (!output_wanted_) return;
  if (woke_user) return env_.context.tasks.post(task_);
  output_wanted_ = false;
  send_pending(*this);
}

// Each callback may close or abort the connection, which takes events_ away.
void Connection::give_events() {
  give_accept();
  give(kConnected, &ConnectionEvents::on_connected);
  give(kReadable, &ConnectionEvents::on_readable);
  give(kWritable, &ConnectionEvents::on_writable);
  if (tcb_.state != State::kClosed || events_ == nullptr) return;
  // What arrived before an orderly end can still be read.
  if (reason_ == CloseReason::kFinished && tcb_.receiver.unread_bytes() > 0) return;
  std::exchange(events_, nullptr)->on_closed(reason_);
}

void Connection::give_accept() {
  AcceptHandler* handler = std::exchange(accept_handler_, nullptr);
  if (handler == nullptr || tcb_.state == State::kClosed) return;
  ConnectionEvents* events = handler->on_accept(*this);
  if (events == nullptr) {
    if (!orphan_) abort();
  } else if (!orphan_) {
    events_ = events;
  }
}

void Connection::give(Event event, void (ConnectionEvents::*callback)()) {
  if ((raised_ & event) == 0) return;
  raised_ &= static_cast<uint8_t>(~event);
  if (events_ != nullptr) (events_->*callback)();
}

}  // namespace sluice::tcp
