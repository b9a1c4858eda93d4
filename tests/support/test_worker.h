// TestWorker: one worker's context for tests, with a clock that only advance() moves.
//
// Everything a room asks of its worker, backed by plain memory: no EAL, no threads, no real time.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/worker_context.h"
#include "packet/packet_pool.h"
#include "packet/packet_writer.h"
#include "packet/slice_queue.h"

namespace sluice::test {

struct TestWorker {
  static constexpr Instant kStart{Duration::seconds(1000).ns};
  static constexpr WallTime kWallStart{Duration::seconds(1'700'000'000).ns};
  static constexpr unsigned kTaskBudget = 1'000'000;

  explicit TestWorker(uint64_t seed = 1, uint32_t packet_count = 4096, WorkerId id = WorkerId{0})
      : random(seed), context{id, clock, random, timers, tasks, blocks, counters} {
    packets = PacketPool::in_memory(packet_count, counters);
  }

  // Runs the tasks that wait and those that they post.
  void run_tasks() { tasks.run(kTaskBudget); }

  // Lets `d` pass: stops at each moment at which a timer may be due, fires timers, then runs tasks, as a poll does.
  void advance(Duration d) {
    const Instant end = clock.now() + d;
    run_tasks();
    while (clock.now() < end) {
      clock.advance(std::min(end, timers.next_wakeup()) - clock.now());
      timers.poll(clock.now());
      run_tasks();
    }
  }

  // `text` in fresh packets.
  SliceQueue slices(std::string_view text) {
    SliceQueue out(nodes);
    PacketWriter writer(*packets, out);
    writer.write(text);
    if (!writer.finish()) out.clear();
    return out;
  }

  uint64_t counted(Counter c) const { return counters.get(c); }

  Counters counters;
  Clock clock{kStart, kWallStart};
  Random random;
  TimerWheel timers{kStart};
  TaskQueue tasks;
  BlockPool blocks{size_t{64} << 20};
  std::unique_ptr<PacketPool> packets;
  SliceNodePool nodes{1u << 20};
  WorkerContext context;
};

// All bytes of `queue`, which keeps them.
inline std::string text_of(const SliceQueue& queue) {
  std::string text;
  for (const SliceNode* node = queue.first(); node != nullptr; node = node->next) text += node->slice.text();
  return text;
}

}  // namespace sluice::test
