#include "ship/batch_queue.h"

#include <algorithm>
#include <utility>

namespace sluice::control {

namespace {

// Where a configuration sets no bound of its own, so that sinks that hang cannot take all memory.
constexpr uint64_t kMostBytes = 32 << 20;

}  // namespace

void BatchQueue::push(std::string record, Instant now) {
  bytes_ += record.size();
  records_.push_back({std::move(record), now});
  while (over_bounds()) {
    bytes_ -= records_.front().text.size();
    records_.pop_front();
    ++lost_records_;
  }
}

bool BatchQueue::over_bounds() const {
  if (records_.empty()) return false;
  return records_.size() + batch_.size() > settings_.max_entries || bytes_ > settings_.max_bytes.value_or(kMostBytes);
}

const std::vector<std::string>* BatchQueue::try_take(Instant now) {
  if (sending_) return nullptr;
  if (batch_.empty()) {
    if (!due(now)) return nullptr;
    const size_t n = std::min<size_t>(records_.size(), settings_.max_batch_size);
    for (size_t i = 0; i < n; ++i) {
      bytes_ -= records_.front().text.size();
      batch_.push_back(std::move(records_.front().text));
      records_.pop_front();
    }
    first_try_ = next_try_ = now;
    retry_delay_ = settings_.initial_retry_delay;
  }
  if (now < next_try_) return nullptr;
  sending_ = true;
  return &batch_;
}

bool BatchQueue::due(Instant now) const {
  if (records_.empty()) return false;
  if (hurried_ || records_.size() >= settings_.max_batch_size) return true;
  return records_.front().arrived + settings_.max_coalescing_delay <= now;
}

void BatchQueue::sent() {
  sent_records_ += batch_.size();
  batch_.clear();
  sending_ = false;
}

void BatchQueue::failed(Instant now) {
  sending_ = false;
  next_try_ = now + retry_delay_;
  retry_delay_ = std::min(retry_delay_ * 2, settings_.max_retry_delay);
  if (next_try_ - first_try_ > settings_.max_retry_time) give_up();
}

void BatchQueue::give_up() {
  lost_records_ += batch_.size();
  batch_.clear();
  sending_ = false;
}

}  // namespace sluice::control
