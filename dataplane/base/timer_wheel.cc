#include "base/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace sluice {

namespace {

constexpr int64_t kTickNs = 1'000'000;

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
      slot.head.next_ = slot.head.previous_ = nullptr;
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
  const uint64_t horizon = uint64_t{1} << (kLevels * kSlotBits);
  uint64_t tick = std::max(tick_of(timer.deadline_), current_tick_ + 1);
  tick = std::min(tick, current_tick_ + horizon - 1 - (current_tick_ & ((horizon >> kSlotBits) - 1)));
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

unsigned TimerWheel::poll(Instant now) {
  const auto target = static_cast<uint64_t>(std::max<int64_t>(now.ns, 0) / kTickNs);
  unsigned fired = 0;
  while (current_tick_ < target) {
    // With nothing due in the rest of this turn of the first wheel, go straight to its end.
    const uint32_t here = current_tick_ & (kSlots - 1);
    const uint64_t ahead = here == kSlots - 1 ? 0 : occupied_[0] >> (here + 1);
    const uint64_t step = ahead != 0 ? std::countr_zero(ahead) + 1 : kSlots - here;
    current_tick_ = std::min(current_tick_ + step, target);

    // A turn of a wheel is over: what waits in the next slot of the wheel above moves down.
    Slot due;
    for (int level = 1; level < kLevels; ++level) {
      if ((current_tick_ & ((uint64_t{1} << (level * kSlotBits)) - 1)) != 0) break;
      const auto slot = static_cast<uint32_t>(current_tick_ >> (level * kSlotBits)) & (kSlots - 1);
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
      moving.head.next_ = moving.head.previous_ = nullptr;
    }
    const uint32_t slot = current_tick_ & (kSlots - 1);
    if (occupied_[0] >> slot & 1) {
      occupied_[0] &= ~(uint64_t{1} << slot);
      take_all(wheels_[0][slot], due);
    }
    fired += fire(due);
    due.head.next_ = due.head.previous_ = nullptr;
  }
  return fired;
}

Instant TimerWheel::next_wakeup() const {
  for (int level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    const uint64_t position = current_tick_ >> (level * kSlotBits);
    const auto here = static_cast<int>(position & (kSlots - 1));
    const int distance = std::countr_zero(std::rotr(occupied_[level], here));
    const uint64_t tick = (position + static_cast<uint64_t>(distance)) << (level * kSlotBits);
    return Instant{static_cast<int64_t>(std::max(tick, current_tick_ + 1)) * kTickNs};
  }
  return Instant::never();
}

}  // namespace sluice
