#include "exchange/limited_body.h"

namespace sluice::exchange {

void LimitedBody::start(http::BodySource& source, uint64_t limit_bytes) {
  source_ = &source;
  limit_bytes_ = limit_bytes;
}

LimitedBody::State LimitedBody::pull() {
  if (held_.empty()) slices_ = 0;
  SliceQueue& from = source_->body();
  while (!from.empty() && held_.size() < kMostBytes && slices_ < kMostSlices) {
    Slice slice = from.take_front();
    const size_t n = slice.size();
    arrived_bytes_ += n;
    ++slices_;
    const bool kept = held_.try_push(std::move(slice));
    source_->consumed(n);
    if (!kept) return State::kOutOfMemory;
  }
  if (arrived_bytes_ > limit_bytes_) return State::kOver;
  passing_ |= body_complete() || held_.size() >= kMostBytes || slices_ == kMostSlices;
  return passing_ ? State::kPassing : State::kHolding;
}

}  // namespace sluice::exchange
