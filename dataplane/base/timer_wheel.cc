#include "base/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace sluice {

namespace {

constexpr int64_t kTickNs = TimerWheel::kTick.ns;
constexpr uint64_t kNoTick = UINT64_MAX;

}  // namespace

// Rounds up: a deadline inside a tick belongs to the tick's end, so nothing fires early.
uint64_t TimerWheel::tick_of(Instant t) {
  if (t.ns <= 0) return 0;
  return static_cast<uint64_t>(t.ns / kTickNs) + (t.ns % kTickNs != 0 ? 1 : 0);
}

TimerWheel::TimerWheel(Instant now) : current_tick_(static_cast<uint64_t>(std::max<int64_t>(now.ns, 0) / kTickNs)) {}

TimerWheel::~TimerWheel() {
  for (auto& wheel : wheels_) {
    for (Slot& slot : wheel) {
      while (!slot.empty()) slot.head.next_->unlink();
    }
  }
}

void TimerWheel::schedule(Timer& timer, Instant deadline) {
  timer.unlink();
  timer.deadline_ = deadline;
  place(timer);
}

// The level is that of the highest 6-bit digit in which the tick differs from the current one; a timer beyond the
// horizon of the top wheel waits in its last slot and is placed again when that slot comes round.
void TimerWheel::place(Timer& timer) {
  constexpr uint64_t kHorizon = uint64_t{1} << kHorizonBits;
  const uint64_t since_top_slot = current_tick_ & ((kHorizon >> kSlotBits) - 1);
  uint64_t tick = std::max(tick_of(timer.deadline_), current_tick_ + 1);
  tick = std::min(tick, current_tick_ - since_top_slot + kHorizon - 1);
  const uint64_t differs = tick ^ current_tick_;
  int level = (63 - std::countl_zero(differs)) / kSlotBits;
  level = std::min(level, kLevels - 1);
  const auto slot = static_cast<uint32_t>(tick >> (level * kSlotBits)) & (kSlots - 1);
  append(wheels_[level][slot], timer);
  occupied_[level] |= uint64_t{1} << slot;
}

void TimerWheel::append(Slot& slot, Timer& timer) {
  timer.previous_ = slot.head.previous_;
  timer.next_ = &slot.head;
  slot.head.previous_->next_ = &timer;
  slot.head.previous_ = &timer;
}

void TimerWheel::take_all(Slot& from, Slot& to) {
  while (!from.empty()) {
    Timer& timer = *from.head.next_;
    timer.unlink();
    append(to, timer);
  }
}

unsigned TimerWheel::fire(Slot& due) {
  unsigned fired = 0;
  while (!due.empty()) {
    Timer& timer = *due.head.next_;
    timer.unlink();
    ++fired;
    timer.callback_(timer.owner_);
  }
  return fired;
}

// All that is due is gathered before the first callback runs, so that what a callback arms waits for the next poll.
unsigned TimerWheel::poll(Instant now) {
  const auto target = static_cast<uint64_t>(std::max<int64_t>(now.ns, 0) / kTickNs);
  Slot due;
  while (current_tick_ < target) {
    current_tick_ = std::min(next_event_tick(), target);
    gather(due);
  }
  return fire(due);
}

// Empties the slots that begin at the current tick. Where a turn of a wheel begins, what waits in the next slot of the
// wheel above moves down.
void TimerWheel::gather(Slot& due) {
  for (int level = 0; level < kLevels; ++level) {
    const int shift = level * kSlotBits;
    if ((current_tick_ & ((uint64_t{1} << shift) - 1)) != 0) break;
    const uint32_t slot = (current_tick_ >> shift) & (kSlots - 1);
    occupied_[level] &= ~(uint64_t{1} << slot);
    Slot moving;
    take_all(wheels_[level][slot], moving);
    while (!moving.empty()) {
      Timer& timer = *moving.head.next_;
      timer.unlink();
      if (tick_of(timer.deadline_) <= current_tick_) {
        append(due, timer);
      } else {
        place(timer);
      }
    }
  }
}

// Slots of `among` (a bit each) that hold a timer. Forgets those that do not any more.
uint64_t TimerWheel::occupied_slots(int level, uint64_t among) {
  for (uint64_t look = occupied_[level] & among; look != 0; look &= look - 1) {
    const int slot = std::countr_zero(look);
    if (wheels_[level][slot].empty()) occupied_[level] &= ~(uint64_t{1} << slot);
  }
  return occupied_[level] & among;
}

// A wheel's slots ahead of the current tick end before those of the wheel above begin, so the first one found is the
// earliest. On the top wheel, slots behind belong to its next turn.
uint64_t TimerWheel::next_event_tick() {
  for (int level = 0; level < kLevels; ++level) {
    const uint64_t position = current_tick_ >> (level * kSlotBits);
    const uint32_t here = position & (kSlots - 1);
    const uint64_t ahead = occupied_slots(level, ~uint64_t{1} << here);
    if (ahead != 0) return (position - here + std::countr_zero(ahead)) << (level * kSlotBits);
  }
  if (occupied_slots(kLevels - 1, ~uint64_t{0}) == 0) return kNoTick;
  return ((current_tick_ >> kHorizonBits) + 1) << kHorizonBits;
}

Instant TimerWheel::next_wakeup() {
  const uint64_t tick = next_event_tick();
  return tick == kNoTick ? Instant::never() : Instant{static_cast<int64_t>(tick) * kTickNs};
}

}  // namespace sluice
