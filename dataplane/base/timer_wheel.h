// TimerWheel: a worker's timers, hashed into a hierarchy of wheels with ticks of 1 ms (Varghese, Lauck 1987).
//
// Scheduling, moving and cancelling are O(1) and allocate nothing: the entry is part of its owner. A timer never fires
// early and at most one tick late, apart from the time between two polls.
#pragma once

#include <array>
#include <cstdint>

#include "sluice/units.h"

namespace sluice {

// An entry of the wheel, a member of what it wakes. Not movable while it is armed; cancels itself when destroyed.
class Timer {
 public:
  // Called with the owner when the deadline has passed; the timer is then no longer armed and may be armed again.
  using Callback = void (*)(void* owner);

  Timer(Callback callback, void* owner) : callback_(callback), owner_(owner) {}
  ~Timer() { unlink(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool armed() const { return next_ != nullptr; }
  // Instant::never() when not armed.
  Instant deadline() const { return armed() ? deadline_ : Instant::never(); }

 private:
  friend class TimerWheel;
  struct ListHead {};
  explicit Timer(ListHead) : next_(this), previous_(this) {}

  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

  Timer* next_ = nullptr;
  Timer* previous_ = nullptr;
  Instant deadline_{};
  Callback callback_ = nullptr;
  void* owner_ = nullptr;
};

class TimerWheel {
 public:
  static constexpr Duration kTick = Duration::milliseconds(1);

  explicit TimerWheel(Instant now);
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms the timer, or moves it when it is armed. A deadline in the past is due at the next tick.
  void schedule(Timer& timer, Instant deadline);
  void cancel(Timer& timer) { timer.unlink(); }

  // Fires every timer whose deadline is not after `now`; returns how many. A callback may schedule and cancel any
  // timer; what it schedules fires at a later poll, so a poll always ends.
  unsigned poll(Instant now);

  // A moment at which something may be due, at most a tick after the earliest deadline (Instant::never() without
  // timers): how long a worker may sleep.
  Instant next_wakeup();

 private:
  static constexpr int kLevels = 5;
  static constexpr int kSlotBits = 6;
  static constexpr uint32_t kSlots = 1u << kSlotBits;
  static constexpr int kHorizonBits = kLevels * kSlotBits;  // ticks that one turn of the top wheel covers: 12 days

  struct Slot {
    Slot() : head(Timer::ListHead{}) {}
    Timer head;
    bool empty() const { return head.next_ == &head; }
  };

  static uint64_t tick_of(Instant t);
  void place(Timer& timer);
  void append(Slot& slot, Timer& timer);
  void take_all(Slot& from, Slot& to);
  void gather(Slot& due);
  unsigned fire(Slot& due);
  uint64_t occupied_slots(int level, uint64_t among);
  uint64_t next_event_tick();

  uint64_t current_tick_;  // every timer of an earlier tick has fired
  std::array<std::array<Slot, kSlots>, kLevels> wheels_;
  std::array<uint64_t, kLevels> occupied_{};  // a bit a slot: may be set for an empty slot, never clear for a full one
};

}  // namespace sluice
