#include "http/h1_server_session.h"

#include <algorithm>
#include <utility>

#include "http/h1_server.h"
#include "http/h1_writer.h"
#include "http/status.h"

namespace sluice::http {

namespace {

constexpr MessageError kClientGone = client_error(400, Counter::kHttpClientClosed, "http.client");

// Of a stream that was lost. One that this side gave up, short of packets, is nothing that the client did.
Error lost_error(stream::CloseReason reason) {
  return reason == stream::CloseReason::kAborted ? out_of_memory("http.client").error : kClientGone.error;
}

BodyDecoder::Limits body_limits(const policy::Limits& limits) {
  BodyDecoder::Limits of_body;
  of_body.body_bytes = limits.body_bytes;
  of_body.chunk_line_bytes = limits.chunk_line_bytes;
  return of_body;
}

MessageError head_error(HeadReader::Status status) {
  switch (status) {
    case HeadReader::Status::kLineTooLong:
      return client_error(414, Counter::kHttpTargetTooLong, "http.head_bytes");
    case HeadReader::Status::kTooLong:
      return client_error(431, Counter::kHttpHeadTooLarge, "http.head_bytes");
    case HeadReader::Status::kOutOfMemory:
      return out_of_memory("http.head");
    default:
      return client_error(400, Counter::kHttpLineEnding, "http.line");
  }
}

}  // namespace

H1ServerSession::H1ServerSession(H1Server& server, stream::Stream& stream)
    : server_(server),
      stream_(&stream),
      source_(stream.remote().address),
      task_([](void* self) { static_cast<H1ServerSession*>(self)->work(); }, this),
      timer_([](void* self) { static_cast<H1ServerSession*>(self)->on_timer(); }, this) {
  stream.set_events(this);
  set_deadline(worker().now() + limits().idle_timeout);
}

// ---- Reading requests

void H1ServerSession::work() {
  switch (state_) {
    case State::kReading:
      return read_head();
    case State::kServing:
      return serve();
    case State::kSkipping:
      return skip_body();
    case State::kLingering:
      return linger();
    case State::kDead:
      return server_.release(*this);
  }
}

void H1ServerSession::read_head() {
  const bool started = head_started();
  if (!started && stream_->readable().empty()) {
    if (stream_->end_of_stream()) close();
    return;
  }
  // A client that does not read its answers is not served more of them: those would wait here, whatever the room.
  if (!started && stream_->room() == 0) return;
  if (serving_ == nullptr) serving_ = server_.servings_.try_take(context());  // there are as many as sessions
  Slice* pin = context().packets.scarce() ? nullptr : &serving_->pinned_head;
  const HeadReader::Outcome read =
      serving_->head.read(stream_->readable(), serving_->arena, pin, LeadingEmptyLine::kSkip, limits().header_bytes);
  take_off_stream(read.consumed_bytes);
  if (read.status == HeadReader::Status::kComplete) return accept_head(read.head);
  if (read.status != HeadReader::Status::kIncomplete) return refuse(head_error(read.status));
  if (stream_->end_of_stream()) {
    if (serving_->head.started()) worker().count(Counter::kHttpClientClosed);
    return close();
  }
  if (!serving_->head.started()) return end_serving();  // an empty line in front of a request
  if (!started) set_deadline(worker().now() + limits().header_timeout);
}

void H1ServerSession::accept_head(std::string_view head) {
  serving_->request = serving_->arena.try_make<Request>(serving_->arena);
  if (serving_->request == nullptr) return refuse(out_of_memory("http.request"));
  const auto malformed = parse_request_head(head, limits(), *serving_->request);
  serving_->asked_head = serving_->request->method == "HEAD";
  if (malformed) return refuse(*malformed);
  ++requests_;
  serving_->head_bytes = static_cast<uint32_t>(head.size());
  serving_->request_at_bytes = serving_->received_bytes - head.size();
  serving_->response_at_bytes = serving_->sender.written_bytes();
  serving_->decoder.start(serving_->request->framing, body_limits(limits()));
  body_asked_ = !serving_->request->expects_continue;
  // What has come along with the head is there when the exchange first looks.
  if (auto refused = decode_body()) return refuse(*refused);
  worker().count(Counter::kHttpRequests);
  state_ = State::kServing;
  set_deadline(Instant::never());
  ServerTransactionEvents* events = server_.handler_.on_request(*this, *serving_->request);
  if (state_ != State::kServing) return;  // answered, or given up, at once
  if (events == nullptr) return refuse(out_of_memory("http.exchange"));
  serving_->events = events;
  if (serving_->decoder.complete()) {
    if (!serving_->body.empty()) serving_->events->on_request_body();
    return;
  }
  watch_progress();
  // A client that waits for a 100 is asked at the end of the turn, unless the exchange has answered by then.
  body_asked_ ? serve() : post();
}

// ---- The request's body

// Moves what has arrived of the body to serving_->body.
std::optional<MessageError> H1ServerSession::decode_body() {
  const size_t before = serving_->body.size();
  const BodyDecoder::Outcome decoded = serving_->decoder.decode(stream_->readable(), serving_->body);
  serving_->received_bytes += serving_->body.size() - before;
  body_asked_ |= serving_->body.size() > before;
  take_off_stream(decoded.framing_bytes);
  return decoded.error;
}

void H1ServerSession::serve() {
  if (!serving_->sender.flush(*stream_)) return fail_exchange(out_of_memory("http.response"));
  // A head may have filled the room by itself, so that send_body() is not called until the client reads.
  if (stream_->room() == 0) watch_progress();
  if (serving_->decoder.complete()) return;
  if (!ask_for_body()) return fail_exchange(out_of_memory("http.interim"));
  if (auto refused = decode_body()) return fail_exchange(*refused);
  if (stream_->end_of_stream() && stream_->readable().empty()) {
    if (auto refused = serving_->decoder.end_of_stream()) return fail_exchange(*refused);
  }
  if (!serving_->body.empty() || serving_->decoder.complete()) serving_->events->on_request_body();
}

void H1ServerSession::consumed(size_t bytes) {
  if (stream_ == nullptr) return;
  stream_->consumed(bytes);
  if (!serving_->decoder.complete() && !stream_->readable().empty()) post();
}

// Expect: 100-continue (RFC 9110 10.1.1): the exchange has not answered, so it will want the body. False: out of
// memory.
bool H1ServerSession::ask_for_body() {
  if (body_asked_ || head_sent_ || serving_->decoder.complete()) return true;
  body_asked_ = true;
  PacketWriter out(context().packets, serving_->sender.held());
  out.write("HTTP/1.1 100 Continue\r\n\r\n");
  return out.finish() && serving_->sender.flush(*stream_);
}

// ---- The response

bool H1ServerSession::send_interim(const Response& interim) {
  if (serving_->request->version.minor == 0 || head_sent_) return true;
  PacketWriter out(context().packets, serving_->sender.held());
  write_interim_head(out, interim);
  return out.finish() && serving_->sender.flush(*stream_);
}

// What follows a 101 is no body of its own, but is sent as one.
bool H1ServerSession::is_without_body(const Response& response) const {
  return serving_->asked_head || (is_bodiless(response.status) && !tunnel_);
}

// What the connection can carry of the framing that the exchange asks for (RFC 9112 6).
BodyFraming H1ServerSession::framing_of(const Response& response) const {
  switch (response.framing.kind) {
    case Framing::kNone:
      return is_without_body(response) ? BodyFraming() : BodyFraming{Framing::kLength, 0};
    case Framing::kLength:
      return response.status == 204 ? BodyFraming() : response.framing;
    default:
      if (is_without_body(response)) return {};
      return {serving_->request->version.minor == 0 ? Framing::kUntilClose : Framing::kChunked, 0};
  }
}

bool H1ServerSession::send_head(const Response& response) {
  tunnel_ = response.status == 101;
  const BodyFraming framing = tunnel_ ? BodyFraming{Framing::kUntilClose, 0} : framing_of(response);
  close_ |= !may_keep_alive(framing);
  PacketWriter out(context().packets, serving_->sender.held());
  write_response_head(out, response, tunnel_ ? BodyFraming() : framing,
                      close_ ? Persistence::kClose : Persistence::kKeepAlive);
  if (!out.finish()) return false;
  serving_->sender.start_body(is_without_body(response) ? BodyFraming() : framing);
  head_sent_ = true;
  if (tunnel_) {
    worker().count(Counter::kHttpTunnels);
    serving_->decoder.start({Framing::kUntilClose, 0}, {});
  }
  post();
  return true;
}

bool H1ServerSession::may_keep_alive(BodyFraming framing) const {
  if (close_ || server_.draining_ || !serving_->request->keep_alive || framing.kind == Framing::kUntilClose)
    return false;
  if (limits().requests_per_connection != 0 && requests_ >= limits().requests_per_connection) return false;
  if (serving_->decoder.complete()) return true;
  // Without a 100 the client may send its body or leave it out: nobody can say where the next request begins.
  return body_asked_ && serving_->decoder.remaining().value_or(0) <= limits().drain_bytes;
}

bool H1ServerSession::send_body(SliceQueue bytes) {
  if (!serving_->sender.send(*stream_, std::move(bytes))) return false;
  if (stream_->room() == 0) watch_progress();
  return true;
}

void H1ServerSession::finish_body() {
  if (!serving_->sender.finish(*stream_)) return;  // release() finds it unfinished
  if (tunnel_) stream_->shutdown_write();
}

void H1ServerSession::on_writable() {
  if (state_ == State::kReading) return read_head();
  if (state_ == State::kServing && serving_->events != nullptr) serving_->events->on_response_writable();
}

// ---- The end of an exchange

// A body whose end is marked is cut by an ordinary close: what went before still arrives, and the client sees that the
// end is missing. Any other can only be cut by RST.
void H1ServerSession::abort() {
  serving_->events = nullptr;
  if (head_sent_ && serving_->sender.end_is_marked() && serving_->sender.flush(*stream_)) return begin_lingering();
  reset();
}

void H1ServerSession::reset() {
  stream_->abort();
  die();
}

void H1ServerSession::release() {
  serving_->events = nullptr;
  if (!head_sent_ || !serving_->sender.finished() || !serving_->sender.flush(*stream_)) {
    worker().count(Counter::kInternalError);
    return reset();
  }
  drop_body();
  if (close_) {
    if (serving_->decoder.complete() && stream_->readable().empty()) return close();
    return begin_lingering();
  }
  if (serving_->decoder.complete()) {
    next_request();
  } else {
    state_ = State::kSkipping;
    drop_left_bytes_ = limits().drain_bytes;
    set_deadline(worker().now() + limits().drain_timeout);
  }
  if (!stream_->readable().empty() || stream_->end_of_stream()) post();
}

void H1ServerSession::next_request() {
  drop_body();
  end_serving();
  head_sent_ = false;
  state_ = State::kReading;
  set_deadline(worker().now() + limits().idle_timeout);
}

void H1ServerSession::end_serving() {
  if (serving_ != nullptr) server_.servings_.release(std::exchange(serving_, nullptr));
}

void H1ServerSession::drop_body() {
  if (serving_->body.empty()) return;
  const size_t bytes = serving_->body.size();
  serving_->body.clear();
  stream_->consumed(bytes);
}

// Drops the rest of a body whose exchange is over, so that the next request can be read.
void H1ServerSession::skip_body() {
  const uint64_t before = serving_->received_bytes;
  while (!serving_->decoder.complete() && !stream_->readable().empty()) {
    if (decode_body()) return begin_lingering();
    drop_body();
  }
  const uint64_t dropped = serving_->received_bytes - before;
  if (!serving_->decoder.complete() && (dropped > drop_left_bytes_ || stream_->end_of_stream()))
    return begin_lingering();
  drop_left_bytes_ -= std::min(drop_left_bytes_, dropped);
  if (!serving_->decoder.complete()) return;
  if (close_) return close();
  next_request();
  if (!stream_->readable().empty() || stream_->end_of_stream()) post();
}

// ---- Refusals and the end of the connection

// Answers a request that gets no exchange, and reads no further.
void H1ServerSession::refuse(const MessageError& why) {
  worker().count(why.error.reason);
  refuse_counted(why, false);
}

void H1ServerSession::refuse_counted(const MessageError& why, bool had_exchange) {
  Response answer(serving_->arena);
  answer.status = why.status;
  std::string_view body;
  // What an exchange has put into its request is gone with it.
  Request* const unused = had_exchange ? nullptr : serving_->request;
  server_.handler_.on_refused({why.status, why.error, unused, stream_->remote(), stream_->local(), had_exchange},
                              answer, body);
  body = body.substr(0, PacketPool::kDataRoom);

  PacketWriter out(context().packets, serving_->sender.held());
  write_response_head(out, answer, {Framing::kLength, body.size()}, Persistence::kClose);
  if (!serving_->asked_head) out.write(body);
  if (!out.finish() || !serving_->sender.flush(*stream_)) return reset();
  begin_lingering();
}

// The client broke its side while an exchange was under way.
void H1ServerSession::fail_exchange(const MessageError& why) {
  worker().count(why.error.reason);
  ServerTransactionEvents* events = take_exchange();
  state_ = State::kReading;  // there is no transaction any more
  if (events != nullptr) events->on_client_gone(why.error);
  if (head_sent_) return reset();
  refuse_counted(why, events != nullptr);
}

// Ends this side and drops what still comes, so that no RST destroys the answer on its way (RFC 9112 9.6).
void H1ServerSession::begin_lingering() {
  drop_body();
  end_serving();
  stream_->shutdown_write();
  state_ = State::kLingering;
  drop_left_bytes_ = limits().drain_bytes;
  set_deadline(worker().now() + limits().drain_timeout);
  post();
}

void H1ServerSession::linger() {
  const size_t bytes = stream_->readable().size();
  stream_->readable().clear();
  stream_->consumed(bytes);
  if (stream_->end_of_stream()) return close();
  if (bytes > drop_left_bytes_) {
    worker().count(Counter::kHttpDrainLimit);
    return reset();
  }
  drop_left_bytes_ -= bytes;
}

void H1ServerSession::close() {
  stream_->close();
  die();
}

// The stream is given up. The slot goes back at the next task, as the caller may be inside of a callback; so does what
// the exchange may still read.
void H1ServerSession::die() {
  stream_ = nullptr;
  state_ = State::kDead;
  set_deadline(Instant::never());
  post();
}

// The exchange in progress, which is to hear of nothing any more.
ServerTransactionEvents* H1ServerSession::take_exchange() {
  return serving_ == nullptr ? nullptr : std::exchange(serving_->events, nullptr);
}

void H1ServerSession::on_closed(stream::CloseReason reason) {
  const Error error = lost_error(reason);
  if (state_ == State::kServing || (state_ == State::kReading && head_started())) worker().count(error.reason);
  ServerTransactionEvents* events = take_exchange();
  die();
  if (events != nullptr) events->on_client_gone(error);
}

void H1ServerSession::drain() {
  if (state_ == State::kReading && !head_started() && stream_->readable().empty()) return close();
  close_ = true;
}

void H1ServerSession::kill() {
  if (state_ == State::kDead) return;
  ServerTransactionEvents* events = take_exchange();
  reset();
  if (events != nullptr) events->on_client_gone(kClientGone.error);
}

bool H1ServerSession::secure() const {
  return server_.transport_ == Transport::kSecure;
}

WireBytes H1ServerSession::wire_bytes() const {
  const Serving& s = *serving_;
  return {s.head_bytes, s.received_bytes - s.request_at_bytes, s.sender.written_bytes() - s.response_at_bytes};
}

// ---- Time

// The wheel's entry is moved only to come earlier; a deadline that has moved away is found when it fires.
void H1ServerSession::set_deadline(Instant when) {
  deadline_ = when;
  if (when != Instant::never() && when < timer_.deadline()) worker().timers.schedule(timer_, when);
}

void H1ServerSession::on_timer() {
  if (deadline_ == Instant::never()) return;
  if (worker().now() < deadline_) {
    worker().timers.schedule(timer_, deadline_);
    return;
  }
  on_deadline();
}

void H1ServerSession::on_deadline() {
  switch (state_) {
    case State::kReading:
      // Timers run before tasks: what was waited for may have come in this very turn.
      read_head();
      if (state_ != State::kReading || worker().now() < deadline_) return;
      if (head_started()) return refuse(client_error(408, Counter::kHttpHeaderTimeout, "http.header_timeout"));
      worker().count(Counter::kHttpIdleClosed);
      return close();
    case State::kServing:
      return check_progress();
    case State::kSkipping:
    case State::kLingering:
      return close();
    case State::kDead:
      return;
  }
}

uint64_t H1ServerSession::progress_bytes() const {
  return serving_->received_bytes + serving_->sender.written_bytes() - stream_->unacknowledged();
}

void H1ServerSession::watch_progress() {
  if (deadline_ != Instant::never()) return;
  serving_->progress_seen_bytes = progress_bytes();
  serving_->in_flight_seen = stream_->unacknowledged() > 0;
  set_deadline(worker().now() + limits().body_timeout);
}

// Once in a body_timeout: a client that is waited for must have moved something, or as much as its least rate says. As
// long as there is room for more, an answer waits for its origin: then what is on its way must not have been on its way
// all the time.
void H1ServerSession::check_progress() {
  const bool uploading = !serving_->decoder.complete() && !tunnel_;
  const bool in_flight = stream_->unacknowledged() > 0;
  const uint64_t moved = progress_bytes() - serving_->progress_seen_bytes;
  const auto seconds = static_cast<uint64_t>(limits().body_timeout.s());
  const uint64_t least = std::max<uint64_t>(1, limits().min_body_rate_bytes * seconds);
  const bool waited_for = (uploading && serving_->body.empty()) || stream_->room() == 0;
  const bool silent = in_flight && serving_->in_flight_seen && moved == 0;
  deadline_ = Instant::never();
  if ((waited_for && moved < least) || silent) {
    return fail_exchange(client_error(408, Counter::kHttpBodyTimeout, "http.body_timeout"));
  }
  if (uploading || in_flight) watch_progress();
}

// ---- Small things

void H1ServerSession::take_off_stream(size_t bytes) {
  serving_->received_bytes += bytes;
  if (bytes > 0) stream_->consumed(bytes);
}

const SessionContext& H1ServerSession::context() const {
  return server_.context_;
}
WorkerContext& H1ServerSession::worker() const {
  return server_.context_.worker;
}
const policy::Limits& H1ServerSession::limits() const {
  return server_.context_.limits;
}

}  // namespace sluice::http
