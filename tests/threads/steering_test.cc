// Four workers, four threads: steering, the rings between workers and TCP above them, as they run on a NIC. Held here
// without sanitizers, and under ThreadSanitizer by `scripts/test threads`.
#include <gtest/gtest.h>

#include <map>

#include "threads/world.h"

namespace sluice::threads {
namespace {

struct Steered : testing::Test {
  void run(const Scenario& scenario) {
    bytes = scenario.bytes;
    world = std::make_unique<World>(scenario);
    EXPECT_TRUE(world->run());
    expect_every_byte();
    expect_one_worker_a_flow();
    expect_every_frame_counted();
    expect_nothing_kept(scenario.packets);
  }

  void expect_every_byte() {
    const auto transfers = world->transfers();
    EXPECT_EQ(transfers.size(), world->transfers_expected());
    for (const sim::Transfer* transfer : transfers) {
      EXPECT_EQ(transfer->closed(), tcp::CloseReason::kFinished);
      EXPECT_EQ(transfer->received(), bytes);
      EXPECT_EQ(transfer->first_wrong(), sim::Transfer::kNoneWrong);
    }
  }

  // A connection never moves.
  void expect_one_worker_a_flow() {
    std::map<Flow, unsigned> seen_by;
    for (unsigned i = 0; i < World::kWorkers; ++i) {
      for (const Flow& flow : world->worker(i).seen().flows()) {
        const auto [entry, first] = seen_by.emplace(flow, i);
        EXPECT_TRUE(first) << flow.first.port.value << " is seen by " << entry->second << " and " << i;
        EXPECT_EQ(world->owners().owner_of(flow.first, flow.second), WorkerId{static_cast<uint8_t>(i)});
      }
    }
    EXPECT_EQ(seen_by.size() * 2, world->transfers_expected());
  }

  // Nothing is lost but what a counter names.
  void expect_every_frame_counted() {
    const auto counted = [&](Counter c) { return world->counted(c); };
    const uint64_t segments = world->sum([](const WorkerThread& w) { return w.seen().segments(); });
    EXPECT_EQ(counted(Counter::kPortRxPackets), world->sent().all);
    EXPECT_EQ(counted(Counter::kWorkerSteeredIn), counted(Counter::kWorkerSteeredOut));
    EXPECT_EQ(segments + counted(Counter::kWorkerSteerRingFull), world->sent().tcp);
    EXPECT_EQ(counted(Counter::kPortTxPackets), world->received().all);
    EXPECT_EQ(world->received().tcp + counted(Counter::kPortTxFull) + counted(Counter::kWorkerTransmitRingFull) +
                  counted(Counter::kNetNeighbourQueueFull),
              counted(Counter::kTcpSegmentsSent) + counted(Counter::kTcpResetsSent));
  }

  // Buffers come home from whichever worker freed them.
  void expect_nothing_kept(uint32_t packets) {
    for (unsigned i = 0; i < World::kWorkers; ++i) {
      EXPECT_EQ(world->worker(i).worker.packets->available(), packets) << "worker " << i;
    }
  }

  uint64_t drops() const {
    return world->counted(Counter::kWorkerSteerRingFull) + world->counted(Counter::kWorkerTransmitRingFull);
  }

  std::unique_ptr<World> world;
  uint64_t bytes = 0;
};

TEST_F(Steered, OneQueue_ServesAllWorkers) {
  run({.queues = 1});
  EXPECT_GT(world->counted(Counter::kWorkerSteeredOut), 0u);
}

TEST_F(Steered, FewerQueuesThanWorkers_HandOnWhatIsNotTheirs) {
  run({.queues = 2});
  EXPECT_GT(world->counted(Counter::kWorkerSteeredOut), 0u);
}

TEST_F(Steered, FramesOfAFlowInEveryQueue_ReachOneWorker) {
  run({.queues = 4, .each_frame_apart = true});
  EXPECT_GT(world->counted(Counter::kWorkerSteeredOut), 0u);
}

TEST_F(Steered, DeviceThatSteers_LeavesTheRingsEmpty) {
  run({.queues = 4});
  EXPECT_EQ(world->counted(Counter::kWorkerSteeredOut), 0u);
}

TEST_F(Steered, ChainedBuffers_AreSharedWithTheWorkerThatSends) {
  run({.queues = 1, .chained_buffers = true});
}

TEST_F(Steered, FullRings_LoseNoByte) {
  run({.queues = 1, .rings = {.frames = 4, .notices = 2}});
  EXPECT_GT(drops(), 0u);
}

TEST_F(Steered, EmptyPools_LoseNoByte) {
  run({.queues = 2, .rings = {.frames = 64, .notices = 2}, .packets = 160});
  EXPECT_GT(world->counted(Counter::kPacketPoolEmpty), 0u);
}

}  // namespace
}  // namespace sluice::threads
