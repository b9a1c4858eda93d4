#include "http/h1_client_session.h"

#include <utility>

#include "http/h1_writer.h"

namespace sluice::http {

namespace {

constexpr uint8_t kMostInterims = 16;

constexpr Error origin_error(Counter reason, const char* where) {
  return {reason, Side::kOrigin, where};
}

// Of a stream that was lost. One that this side gave up, short of packets, is nothing that the origin did.
Error lost_error(stream::CloseReason reason) {
  if (reason == stream::CloseReason::kAborted) return {Counter::kHttpNoMemory, Side::kSelf, "http.origin"};
  return origin_error(Counter::kHttpOriginClosed, "http.origin");
}

}  // namespace

H1ClientSession::H1ClientSession(const SessionContext& context, H1ClientOwner& owner)
    : context_(context),
      owner_(owner),
      arena_(context.worker.blocks),
      decoder_(arena_),
      body_(context.nodes),
      sender_(context),
      task_([](void* self) { static_cast<H1ClientSession*>(self)->work(); }, this) {}

H1ClientSession::~H1ClientSession() {
  if (stream_ != nullptr) stream_->abort();
}

// ---- The connection

bool H1ClientSession::connect(stream::Connector& connector, const Endpoint& origin) {
  origin_ = origin;
  stream_ = connector.connect(origin, *this);
  if (stream_ == nullptr) return false;
  state_ = State::kConnecting;
  return true;
}

void H1ClientSession::on_connected() {
  state_ = State::kIdle;
  owner_.on_connected(*this);
}

void H1ClientSession::close() {
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->close();
  state_ = State::kGone;
  task_.cancel();
}

// The connection cannot be used any more; the owner is told by the task.
void H1ClientSession::leave(stream::CloseReason reason) {
  reason_ = reason;
  state_ = State::kGone;
  context_.worker.tasks.post(task_);
}

void H1ClientSession::on_closed(stream::CloseReason reason) {
  stream_ = nullptr;
  if (state_ == State::kAwaiting || (state_ == State::kReceiving && !decoder_.complete())) {
    reason_ = reason;
    return fail(lost_error(reason));
  }
  // A response that is complete is still the exchange's to read.
  if (state_ != State::kReceiving) leave(reason);
}

// ---- A transaction's request

ClientTransaction& H1ClientSession::begin(ClientTransactionEvents& events) {
  events_ = &events;
  state_ = State::kAwaiting;
  ++transactions_;
  return *this;
}

bool H1ClientSession::send_head(const Request& request) {
  answers_ = request.method == "HEAD" ? Answers::kHead : Answers::kOther;
  asked_upgrade_ = asks_upgrade(request.headers);
  PacketWriter out(context_.packets, sender_.held());
  write_request_head(out, request);
  if (!out.finish()) return false;
  sender_.start_body(request.framing);
  context_.worker.tasks.post(task_);
  return true;
}

bool H1ClientSession::send_body(SliceQueue bytes) {
  return stream_ == nullptr || sender_.send(*stream_, std::move(bytes));
}

void H1ClientSession::finish_body() {
  if (stream_ == nullptr) return;
  const bool tunnel = response_ != nullptr && response_->status == 101;
  if (sender_.finish(*stream_) && tunnel) stream_->shutdown_write();
}

void H1ClientSession::on_writable() {
  if (state_ == State::kAwaiting || state_ == State::kReceiving) events_->on_request_writable();
}

// ---- Its response

void H1ClientSession::on_readable() {
  work();
}

void H1ClientSession::work() {
  const bool in_progress = state_ == State::kAwaiting || state_ == State::kReceiving;
  if (in_progress && stream_ != nullptr && !sender_.flush(*stream_)) {
    return fail({Counter::kHttpNoMemory, Side::kSelf, "http.request"});
  }
  switch (state_) {
    case State::kUnconnected:
    case State::kConnecting:
      return;
    case State::kIdle:
      return watch_idle();
    case State::kAwaiting:
      return read_head();
    case State::kReceiving:
      return read_body();
    case State::kReleased:
      state_ = State::kIdle;
      watch_idle();
      if (state_ == State::kIdle) owner_.on_idle(*this);
      return;
    case State::kGone:
      if (stream_ != nullptr) std::exchange(stream_, nullptr)->abort();
      return owner_.on_gone(*this, reason_);
  }
}

// Nothing may come while nothing was asked for.
void H1ClientSession::watch_idle() {
  if (stream_->readable().empty() && !stream_->end_of_stream()) return;
  if (!stream_->readable().empty()) context_.worker.count(Counter::kHttpOriginExcess);
  std::exchange(stream_, nullptr)->close();
  leave(stream::CloseReason::kFinished);
}

void H1ClientSession::read_head() {
  while (state_ == State::kAwaiting) {
    Slice* pin = context_.packets.scarce() ? nullptr : &pinned_head_;
    const HeadReader::Outcome read =
        head_.read(stream_->readable(), arena_, pin, LeadingEmptyLine::kRefuse, context_.limits.header_bytes);
    take_off_stream(read.consumed_bytes);
    switch (read.status) {
      case HeadReader::Status::kComplete:
        accept_head(read.head);
        break;
      case HeadReader::Status::kIncomplete:
        if (stream_->end_of_stream()) fail(origin_error(Counter::kHttpOriginClosed, "http.origin"));
        return;
      case HeadReader::Status::kOutOfMemory:
        return fail({Counter::kHttpNoMemory, Side::kSelf, "http.response_head"});
      case HeadReader::Status::kBadLine:
        return fail(origin_error(Counter::kHttpLineEnding, "http.response_head"));
      default:
        return fail(origin_error(Counter::kHttpHeadTooLarge, "http.response_head"));
    }
  }
}

void H1ClientSession::accept_head(std::string_view head) {
  Response* response = arena_.try_make<Response>(arena_);
  if (response == nullptr) return fail({Counter::kHttpNoMemory, Side::kSelf, "http.response_head"});
  if (auto refused = parse_response_head(head, context_.limits.header_count, answers_, *response)) {
    refused->error.side = Side::kOrigin;
    return fail(refused->error);
  }
  head_.reset();
  if (response->status >= 200) return accept_response(*response);
  if (response->status == 101 && asked_upgrade_) {
    response->framing = {Framing::kUntilClose, 0};
    sender_.start_body(response->framing);
    return accept_response(*response);
  }
  if (response->status == 101 || ++interims_ > kMostInterims) {
    return fail(origin_error(Counter::kHttpOriginInterim, "http.interim"));
  }
  events_->on_interim(*response);
}

void H1ClientSession::accept_response(Response& response) {
  BodyDecoder::Limits limits;
  limits.chunk_line_bytes = context_.limits.chunk_line_bytes;
  decoder_.start(response.framing, limits);
  response_ = &response;
  state_ = State::kReceiving;
  // A body that is malformed at once is found before anything of the response has been passed on.
  if (auto refused = decode_body()) return fail(refused->error);
  events_->on_response(response);
  if (state_ == State::kReceiving) read_body();
}

std::optional<MessageError> H1ClientSession::decode_body() {
  if (stream_ == nullptr) return std::nullopt;
  BodyDecoder::Outcome decoded = decoder_.decode(stream_->readable(), body_);
  take_off_stream(decoded.framing_bytes);
  if (decoded.error) decoded.error->error.side = Side::kOrigin;
  return decoded.error;
}

void H1ClientSession::read_body() {
  if (body_reported_) return;
  if (auto refused = decode_body()) return fail(refused->error);
  const bool ended = stream_ != nullptr && stream_->end_of_stream() && stream_->readable().empty();
  if (ended && decoder_.framing() == Framing::kUntilClose) (void)decoder_.end_of_stream();
  body_reported_ = decoder_.complete();
  if (!body_.empty() || decoder_.complete()) events_->on_response_body();
  if (ended && state_ == State::kReceiving && !decoder_.complete()) {
    fail(origin_error(Counter::kHttpOriginClosed, "http.response_body"));
  }
}

void H1ClientSession::consumed(size_t bytes) {
  if (stream_ == nullptr) return;
  stream_->consumed(bytes);
  if (!decoder_.complete() && !stream_->readable().empty()) context_.worker.tasks.post(task_);
}

void H1ClientSession::take_off_stream(size_t bytes) {
  if (bytes > 0) stream_->consumed(bytes);
}

// ---- Its end

void H1ClientSession::abort() {
  forget_transaction();
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->abort();
  leave(stream::CloseReason::kAborted);
}

void H1ClientSession::release() {
  const bool again = reusable();
  forget_transaction();
  if (again) {
    state_ = State::kReleased;
    context_.worker.tasks.post(task_);
    return;
  }
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->close();
  leave(stream::CloseReason::kFinished);
}

// RFC 9112 9.3, and nothing behind the response that nobody asked for.
bool H1ClientSession::reusable() {
  if (stream_ == nullptr || !body_complete() || !response_->keep_alive || !sender_.finished()) return false;
  if (response_->status == 101 || stream_->end_of_stream()) return false;
  if (stream_->readable().empty()) return true;
  context_.worker.count(Counter::kHttpOriginExcess);
  return false;
}

void H1ClientSession::forget_transaction() {
  events_ = nullptr;
  response_ = nullptr;
  if (!body_.empty() && stream_ != nullptr) stream_->consumed(body_.size());
  body_.clear();
  decoder_.reset();
  head_.reset();
  sender_.reset();
  pinned_head_ = Slice();
  arena_.clear();
  interims_ = 0;
  body_reported_ = false;
}

// The last the exchange hears; its views of the response are gone on return.
void H1ClientSession::fail(Error error) {
  context_.worker.count(error.reason);
  ClientTransactionEvents* events = std::exchange(events_, nullptr);
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->abort();
  leave(reason_);
  events->on_origin_failed(error);
  forget_transaction();
}

}  // namespace sluice::http
