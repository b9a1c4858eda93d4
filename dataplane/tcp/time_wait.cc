#include "tcp/time_wait.h"

#include <algorithm>

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
      capacity_(std::max(settings.max_time_wait, 1u)),
      stay_(settings.time_wait),
      timer_([](void* self) { static_cast<TimeWait*>(self)->expire(); }, this) {
  ring_.reserve(capacity_);
}

uint32_t TimeWait::expiry() const {
  return milliseconds(context_.now() + stay_);
}

bool TimeWait::over(const TimeWaitEntry& entry) const {
  return static_cast<int32_t>(entry.expires_ms - milliseconds(context_.now())) <= 0;
}

void TimeWait::enter(TimeWaitEntry entry, EntryRef from) {
  if (places_ == capacity_) recycle_oldest();
  entry.expires_ms = expiry();
  entry.live = true;
  ++live_;
  demux_.replace(demux_.hash(entry.tuple), from, ref(append(entry)));
  if (!timer_.armed()) arm();
}

void TimeWait::restart(uint32_t index) {
  ring_[index].expires_ms = expiry();
  ring_[index].restarted = true;
}

void TimeWait::remove(uint32_t index) {
  TimeWaitEntry& entry = ring_[index];
  demux_.erase(demux_.hash(entry.tuple), ref(index));
  entry.live = false;
  --live_;
}

bool TimeWait::may_be_reused(uint32_t index) const {
  const auto left_ms = static_cast<int32_t>(ring_[index].expires_ms - milliseconds(context_.now()));
  return ring_[index].has_timestamps && stay_.ms() - left_ms >= kRest.ms();
}

uint32_t TimeWait::append(const TimeWaitEntry& entry) {
  const uint32_t index = (head_ + places_++) % capacity_;
  if (index == ring_.size()) {
    ring_.push_back(entry);
  } else {
    ring_[index] = entry;
  }
  return index;
}

void TimeWait::pop() {
  head_ = (head_ + 1) % capacity_;
  --places_;
}

void TimeWait::recycle_oldest() {
  if (ring_[head_].live) {
    context_.count(Counter::kTcpTimeWaitRecycled);
    remove(head_);
  }
  pop();
}

// The ring is in the order of expiry but for entries that were restarted: those go to its end when they come up.
void TimeWait::expire() {
  for (uint32_t n = places_; n > 0; --n) {
    const uint32_t index = head_;
    TimeWaitEntry entry = ring_[index];
    if (!entry.live) {
      pop();
    } else if (over(entry)) {
      remove(index);
      pop();
    } else if (entry.restarted) {
      entry.restarted = false;
      pop();
      demux_.replace(demux_.hash(entry.tuple), ref(index), ref(append(entry)));
    } else {
      break;
    }
  }
  arm();
}

void TimeWait::arm() {
  if (places_ == 0) return;
  const auto left_ms = static_cast<int32_t>(ring_[head_].expires_ms - milliseconds(context_.now()));
  context_.timers.schedule(timer_, context_.now() + Duration::milliseconds(std::max(left_ms, 1)));
}

}  // namespace sluice::tcp
