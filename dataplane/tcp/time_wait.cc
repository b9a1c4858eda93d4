#include "tcp/time_wait.h"

#include <algorithm>
#include <utility>

namespace sluice::tcp {

namespace {

constexpr Duration kRest = Duration::seconds(1);

uint32_t milliseconds(Instant t) {
  return static_cast<uint32_t>(t.ns / 1'000'000);
}

}  // namespace

TimeWait::TimeWait(WorkerContext& context, Demux& demux, const Settings& settings)
    : context_(context),
      demux_(demux),
      capacity_(settings.max_time_wait),
      stay_(settings.time_wait),
      timer_([](void* self) { static_cast<TimeWait*>(self)->expire(); }, this) {
  entries_.reserve(capacity_);
}

uint32_t TimeWait::expiry() const {
  return milliseconds(context_.now() + stay_);
}

bool TimeWait::over(const TimeWaitEntry& entry) const {
  return static_cast<int32_t>(entry.expires_ms - milliseconds(context_.now())) <= 0;
}

void TimeWait::enter(TimeWaitEntry entry, EntryRef from) {
  if (size_ == capacity_) context_.count(Counter::kTcpTimeWaitRecycled);
  if (capacity_ == 0) return demux_.erase(demux_.hash(entry.tuple), from);
  if (size_ == capacity_) remove(oldest_);
  const uint32_t index = take_place();
  entries_[index] = entry;
  append(index);
  ++size_;
  demux_.replace(demux_.hash(entry.tuple), from, ref(index));
  if (!timer_.armed()) arm();
}

void TimeWait::restart(uint32_t index) {
  unlink(index);
  append(index);
}

void TimeWait::remove(uint32_t index) {
  TimeWaitEntry& entry = entries_[index];
  demux_.erase(demux_.hash(entry.tuple), ref(index));
  unlink(index);
  entry.newer = std::exchange(free_, index);
  --size_;
}

bool TimeWait::may_be_reused(uint32_t index) const {
  const auto left_ms = static_cast<int32_t>(entries_[index].expires_ms - milliseconds(context_.now()));
  return entries_[index].has_timestamps && stay_.ms() - left_ms >= kRest.ms();
}

uint32_t TimeWait::take_place() {
  if (free_ != kNone) return std::exchange(free_, entries_[free_].newer);
  entries_.emplace_back();
  return static_cast<uint32_t>(entries_.size() - 1);
}

// Its stay begins now, so it ends last.
void TimeWait::append(uint32_t index) {
  TimeWaitEntry& entry = entries_[index];
  entry.expires_ms = expiry();
  entry.older = newest_;
  entry.newer = kNone;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = index;
  newest_ = index;
}

void TimeWait::unlink(uint32_t index) {
  const TimeWaitEntry& entry = entries_[index];
  (entry.older == kNone ? oldest_ : entries_[entry.older].newer) = entry.newer;
  (entry.newer == kNone ? newest_ : entries_[entry.newer].older) = entry.older;
}

void TimeWait::expire() {
  while (oldest_ != kNone && over(entries_[oldest_])) remove(oldest_);
  arm();
}

void TimeWait::arm() {
  if (oldest_ == kNone) return;
  const auto left_ms = static_cast<int32_t>(entries_[oldest_].expires_ms - milliseconds(context_.now()));
  context_.timers.schedule(timer_, context_.now() + Duration::milliseconds(std::max(left_ms, 1)));
}

}  // namespace sluice::tcp
