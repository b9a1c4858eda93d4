#include "base/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

#include "base/random.h"

namespace sluice {
namespace {

constexpr Instant kStart{Duration::seconds(1000).ns};

// A timer that remembers how often it fired.
struct Probe {
  Probe() : timer([](void* self) { ++static_cast<Probe*>(self)->fired; }, this) {}
  int fired = 0;
  Timer timer;
};

TEST(TimerWheel, Deadline_FiresNotBeforeAndAtMostATickAfter) {
  for (const double us : {1., 999., 1000., 1001., 63'500., 64'000., 4'096'000., 4'096'001., 86'400'000'000.}) {
    TimerWheel wheel(kStart);
    Probe probe;
    const Instant deadline = kStart + Duration::microseconds(static_cast<int64_t>(us));
    wheel.schedule(probe.timer, deadline);
    wheel.poll(deadline - Duration::nanoseconds(1));
    EXPECT_EQ(probe.fired, 0) << us;
    wheel.poll(deadline + Duration::milliseconds(1));
    EXPECT_EQ(probe.fired, 1) << us;
  }
}

TEST(TimerWheel, PastDeadline_FiresAtTheNextTick) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe.timer, Instant{0});
  EXPECT_EQ(wheel.poll(kStart + Duration::milliseconds(1)), 1u);
  EXPECT_EQ(probe.fired, 1);
}

TEST(TimerWheel, Fired_IsNoLongerArmed) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe.timer, kStart + Duration::milliseconds(5));
  EXPECT_TRUE(probe.timer.armed());
  EXPECT_EQ(probe.timer.deadline(), kStart + Duration::milliseconds(5));
  wheel.poll(kStart + Duration::seconds(1));
  EXPECT_FALSE(probe.timer.armed());
  EXPECT_EQ(probe.timer.deadline(), Instant::never());
}

TEST(TimerWheel, Cancelled_NeverFires) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe.timer, kStart + Duration::milliseconds(5));
  wheel.cancel(probe.timer);
  wheel.poll(kStart + Duration::seconds(10));
  EXPECT_EQ(probe.fired, 0);
}

TEST(TimerWheel, Destroyed_NeverFires) {
  TimerWheel wheel(kStart);
  {
    Probe probe;
    wheel.schedule(probe.timer, kStart + Duration::milliseconds(5));
  }
  EXPECT_EQ(wheel.poll(kStart + Duration::seconds(10)), 0u);
}

TEST(TimerWheel, Rescheduled_FiresOnlyAtTheLastDeadline) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe.timer, kStart + Duration::milliseconds(5));
  wheel.schedule(probe.timer, kStart + Duration::seconds(50));
  wheel.poll(kStart + Duration::seconds(49));
  EXPECT_EQ(probe.fired, 0);
  wheel.poll(kStart + Duration::seconds(51));
  EXPECT_EQ(probe.fired, 1);
}

TEST(TimerWheel, DeadlineBeyondTheHorizon_WaitsItsFullTime) {
  TimerWheel wheel(kStart);
  Probe probe;
  const Instant deadline = kStart + Duration::seconds(400 * 86'400);
  wheel.schedule(probe.timer, deadline);
  for (Instant now = kStart; now < deadline; now = now + Duration::seconds(86'399)) wheel.poll(now);
  EXPECT_EQ(probe.fired, 0);
  wheel.poll(deadline + Duration::milliseconds(1));
  EXPECT_EQ(probe.fired, 1);
}

TEST(TimerWheel, DeadlineNever_DoesNotFireInAYear) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe.timer, Instant::never());
  wheel.poll(kStart + Duration::seconds(366 * 86'400));
  EXPECT_EQ(probe.fired, 0);
  EXPECT_TRUE(probe.timer.armed());
}

TEST(TimerWheel, ClockThatStepsBack_FiresNothingTwice) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe.timer, kStart + Duration::milliseconds(5));
  wheel.poll(kStart + Duration::milliseconds(10));
  wheel.poll(kStart);
  wheel.poll(kStart + Duration::milliseconds(20));
  EXPECT_EQ(probe.fired, 1);
}

// A callback that arms itself again for a moment that has passed, as a busy owner may.
struct Restless {
  explicit Restless(TimerWheel& w) : wheel(w), timer([](void* self) { static_cast<Restless*>(self)->fire(); }, this) {}
  void fire() {
    ++fired;
    wheel.schedule(timer, Instant{0});
  }
  TimerWheel& wheel;
  int fired = 0;
  Timer timer;
};

TEST(TimerWheel, Callback_ThatArmsItselfForNowFiresOnceAPoll) {
  TimerWheel wheel(kStart);
  Restless restless(wheel);
  wheel.schedule(restless.timer, kStart);
  EXPECT_EQ(wheel.poll(kStart + Duration::seconds(3600)), 1u);
  EXPECT_EQ(wheel.poll(kStart + Duration::seconds(3601)), 1u);
  EXPECT_EQ(restless.fired, 2);
}

TEST(TimerWheel, Callback_MayCancelAnotherThatIsDue) {
  TimerWheel wheel(kStart);
  Probe victim;
  struct Canceller {
    TimerWheel& wheel;
    Timer& victim;
    static void fire(void* self) {
      auto* c = static_cast<Canceller*>(self);
      c->wheel.cancel(c->victim);
    }
  } canceller{wheel, victim.timer};
  Timer timer(&Canceller::fire, &canceller);
  wheel.schedule(timer, kStart + Duration::milliseconds(3));
  wheel.schedule(victim.timer, kStart + Duration::milliseconds(4));
  EXPECT_EQ(wheel.poll(kStart + Duration::milliseconds(10)), 1u);
  EXPECT_EQ(victim.fired, 0);
}

TEST(TimerWheel, NextWakeup_NeverWithoutTimers) {
  TimerWheel wheel(kStart);
  EXPECT_EQ(wheel.next_wakeup(), Instant::never());
  Probe probe;
  wheel.schedule(probe.timer, kStart + Duration::seconds(5));
  wheel.cancel(probe.timer);
  EXPECT_EQ(wheel.next_wakeup(), Instant::never());
}

TEST(TimerWheel, NextWakeup_IsTheDeadlineWhenItIsNear) {
  TimerWheel wheel(kStart);
  Probe probe;
  wheel.schedule(probe.timer, kStart + Duration::milliseconds(7));
  EXPECT_EQ(wheel.next_wakeup(), kStart + Duration::milliseconds(7));
}

// The wheel against a sorted map, over random schedules, cancellations and jumps of microseconds to years.
class TimerWheelModel : public ::testing::TestWithParam<uint64_t> {};

struct ModelTimer {
  ModelTimer() : timer([](void* self) { static_cast<ModelTimer*>(self)->fire(); }, this) {}
  void fire() {
    EXPECT_TRUE(armed) << "fired although the model has it disarmed";
    ++fired;
  }
  Timer timer;
  bool armed = false;  // in the model
  Instant deadline{};
  int fired = 0;
};

Duration random_span(Random& random) {
  // Uniform in magnitude: from a microsecond to about three years.
  return Duration::microseconds(static_cast<int64_t>(random.below(uint64_t{1} << (1 + random.below(46)))));
}

TEST_P(TimerWheelModel, AgreesWithASortedMap) {
  Random random(GetParam());
  // Near a turn of the top wheel as often as anywhere.
  const int64_t turn_ms = int64_t{1} << 30;
  Instant now{
      Duration::milliseconds(random.below(2) == 0 ? turn_ms - static_cast<int64_t>(random.below(100)) : 12345).ns};
  TimerWheel wheel(now);
  std::deque<ModelTimer> timers(40);

  for (int step = 0; step < 1500; ++step) {
    for (uint64_t i = random.below(6); i > 0; --i) {
      ModelTimer& t = timers[random.below(timers.size())];
      if (random.below(5) == 0) {
        wheel.cancel(t.timer);
        t.armed = false;
      } else {
        t.deadline = now + random_span(random);
        t.armed = true;
        wheel.schedule(t.timer, t.deadline);
      }
    }
    Instant earliest = Instant::never();
    for (const ModelTimer& t : timers) {
      if (t.armed) earliest = std::min(earliest, t.deadline);
    }
    const Instant wakeup = wheel.next_wakeup();
    ASSERT_EQ(wakeup == Instant::never(), earliest == Instant::never()) << "seed " << GetParam();
    if (earliest != Instant::never()) {
      // A deadline that has passed while its tick has not is due at the next tick.
      ASSERT_LE(wakeup, std::max(earliest, now) + Duration::milliseconds(1)) << "seed " << GetParam();
    }

    now = random.below(3) == 0 && wakeup != Instant::never() ? std::max(now, wakeup) : now + random_span(random);
    wheel.poll(now);
    for (ModelTimer& t : timers) {
      if (!t.armed) {
        ASSERT_EQ(t.fired, 0) << "seed " << GetParam();
        continue;
      }
      if (t.fired > 0) {
        ASSERT_EQ(t.fired, 1) << "seed " << GetParam();
        ASSERT_LE(t.deadline, now) << "early; seed " << GetParam();
        ASSERT_FALSE(t.timer.armed());
        t.fired = 0;
        t.armed = false;
      } else {
        ASSERT_GT(t.deadline, now - Duration::milliseconds(1)) << "late; seed " << GetParam();
        ASSERT_TRUE(t.timer.armed());
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimerWheelModel, ::testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace sluice
