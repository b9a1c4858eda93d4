// The bodies of an exchange: the request's on its way to the origin, the answer's on its way to the client.
#include <algorithm>
#include <utility>

#include "edge/stage.h"
#include "exchange/exchange.h"
#include "exchange/server.h"
#include "gateway/errors.h"
#include "gateway/stage.h"
#include "packet/packet_writer.h"

namespace sluice::exchange {

namespace {

// A body whose length was not told is waited for as long as it is no longer than that.
constexpr size_t kMostBufferedBytes = 64 << 10;

}  // namespace

// ---- The request's

void Exchange::start_reading(Step step, size_t most_bytes) {
  step_ = step;
  using Share = BodyCollector::Share;
  collector_.start(most_bytes, step == Step::kReading ? Share::kHalf : Share::kQuarter);
  read_body();
}

void Exchange::read_body() {
  const bool for_plugin = step_ == Step::kReading;
  SliceQueue& arrived = transaction_->body();
  const size_t n = arrived.size();
  const BodyCollector::Room room = collector_.make_room(n);
  if (room == BodyCollector::Room::kMade) {
    collector_.take(arrived);
    transaction_->consumed(n);
    facts_.request_body_bytes = collector_.bytes().size();
    if (facts_.request_body_bytes > http_.body_limit.bytes) return refuse_body();
    if (!transaction_->body_complete()) return;
    if (for_plugin) server_.worker_.count(Counter::kGatewayBodyInspected);
    http_.body.state = http::WholeBody::State::kRead;
    http_.body.bytes = collector_.bytes();
  } else {
    const bool too_long = room == BodyCollector::Room::kTooLong;
    if (for_plugin) server_.worker_.count(too_long ? Counter::kGatewayBodyTooLong : Counter::kGatewayBodyNoMemory);
    http_.body.state = http::WholeBody::State::kNotRead;
  }
  if (!for_plugin) return hold_body();
  step_ = Step::kAccess;
  run_stages();
}

// As in Kong: not every origin understands chunks.
bool Exchange::wants_buffering() const {
  return http_.request.framing.kind == http::Framing::kChunked &&
         http_.body.state == http::WholeBody::State::kStreaming &&
         (gateway_.route->request_buffering || transaction_->body_complete());
}

// What has been read goes to the origin from memory. False: out of memory.
bool Exchange::start_collected_body() {
  http::BodyFraming& framing = http_.request.framing;
  if (http_.body.state == http::WholeBody::State::kRead) {
    if (framing.kind == http::Framing::kNone && http_.body.bytes.empty()) return true;
    // Only chunks can be followed by trailers.
    if (framing.kind != http::Framing::kChunked || transaction_->trailers().size() == 0) {
      framing = {.kind = http::Framing::kLength, .length_bytes = http_.body.bytes.size()};
    }
    collected_body_.start(http_.body.bytes, *transaction_, false);
  } else if (http_.body.state == http::WholeBody::State::kNotRead && !collector_.bytes().empty()) {
    collected_body_.start(collector_.bytes(), *transaction_, true);
  }
  return !collected_body_.started() || collected_body_.fill();
}

// A body whose length the head tells has been judged by the stages; any other is measured, here or on its way.
void Exchange::hold_body() {
  if (facts_.request_body_bytes > http_.body_limit.bytes) return refuse_body();
  if (wants_buffering()) return start_reading(Step::kBuffering, kMostBufferedBytes);
  if (!start_collected_body()) return abort(out_of_memory("exchange.body"));
  if (http_.body_limit.bytes == UINT64_MAX || http_.request.framing.kind != http::Framing::kChunked) {
    call_origin();
    return;
  }
  step_ = Step::kBody;
  limited_body_.start(request_body(), http_.body_limit.bytes);
  pull_body();
}

void Exchange::pull_body() {
  switch (limited_body_.pull()) {
    case LimitedBody::State::kHolding:
      return;
    case LimitedBody::State::kPassing:
      return step_ == Step::kBody ? call_origin() : call_.on_request_body();
    case LimitedBody::State::kOver:
      return refuse_body();
    case LimitedBody::State::kOutOfMemory:
      return abort(out_of_memory("exchange.body"));
  }
}

void Exchange::refuse_body() {
  const Error reason{Counter::kExchangeBodyTooLarge, Side::kClient, "exchange.body"};
  server_.worker_.count(reason.reason);
  if (step_ == Step::kRelaying) return abort(reason);
  leave_access();
  call_.cancel();
  note_failure(reason);
  gateway_.proxied = {};
  gateway::answer_error(http_, http_.body_limit.status, http_.body_limit.message);
  answer(AnsweredBy::kGateway);
}

http::BodySource& Exchange::request_body() {
  if (limited_body_.started()) return limited_body_;
  if (collected_body_.started()) return collected_body_;
  return *transaction_;
}

void Exchange::on_request_body() {
  if (step_ == Step::kReading || step_ == Step::kBuffering) return read_body();
  if (step_ == Step::kAnswering) return;
  if (collected_body_.started() && !collected_body_.fill()) return abort(out_of_memory("exchange.body"));
  if (limited_body_.started()) {
    pull_body();
  } else if (step_ == Step::kOrigin || step_ == Step::kRelaying) {
    call_.on_request_body();
  }
}

// The stages have judged the head alone: what they say there, nobody says behind the body. Of what Connection named
// nothing is known any more, and nothing of a policy that was let go: there all are left out, as anybody may (RFC 9112
// 7.1.2).
const http::HeaderMap* Exchange::on_call_trailers(const http::HeaderMap& trailers) {
  if (trailers.size() == 0) return &trailers;
  auto* passed = http_.arena.try_make<http::HeaderMap>(http_.arena);
  if (passed == nullptr || connection_named_fields_ || described_ != nullptr) return passed;
  for (const http::Header& field : trailers.all()) {
    const bool may =
        snapshot_->gateway().may_trail(http_.request.headers, field.name) && snapshot_->edge().may_trail(field.name);
    if (may && !passed->add(field.name, field.value)) return nullptr;
  }
  return passed;
}

// ---- The answer's

void Exchange::relay_body() {
  if (collects_answer_) return collect_answer();
  // It may go on as long as its client or its origin likes: a policy that is no longer in force is not kept for it.
  // What there is no memory for now is tried again with the next bytes.
  const bool outlived = described_ == nullptr && &*snapshot_ != server_.snapshots_.current();
  if (outlived) static_cast<void>(let_go_of_policy());
  if (!send_left()) return;
  const bool dropped = facts_.method == "HEAD";
  while (call_.body_bytes() > 0 && !dropped) {
    const size_t n = std::min(transaction_->body_room(), call_.body_bytes());
    if (n == 0) return;
    auto bytes = call_.take_body(n);
    if (!bytes || !transaction_->send_body(std::move(*bytes))) {
      abort(out_of_memory("exchange.relay_body"));
      return;
    }
    facts_.response_body_bytes += n;
  }
  if (!call_.body_complete() && !dropped) return;
  // A client that does not ask for them may merge them into the head unseen (RFC 9110 6.5.1).
  if (client_takes_trailers_) transaction_->set_trailers(call_.trailers());
  transaction_->finish_body();
  call_.end();
  finish(Ending::kComplete);
}

void Exchange::send_answer_body() {
  if (!send_left()) return;
  transaction_->finish_body();
  finish(Ending::kComplete);
}

// Sends what is in memory, as far as there is room. False: some of it is left, or the exchange is gone.
bool Exchange::send_left() {
  while (!answer_left_.empty()) {
    const size_t n = std::min(transaction_->body_room(), answer_left_.size());
    if (n == 0) return false;
    SliceQueue bytes(server_.sessions_.nodes);
    PacketWriter writer(server_.sessions_.packets, bytes);
    writer.write(answer_left_.substr(0, n));
    if (!writer.finish() || !transaction_->send_body(std::move(bytes))) {
      abort(out_of_memory("exchange.answer_body"));
      return false;
    }
    answer_left_.remove_prefix(n);
    facts_.response_body_bytes += n;
  }
  return true;
}

}  // namespace sluice::exchange
