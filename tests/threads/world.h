// World: four workers on four threads, and a peer with a whole stack of its own that opens connections to them and
// takes theirs. Every byte is checked, every frame counted.
//
// All five threads share two cores. The test's thread is the peer's, and moves the time: only when nothing moves any
// more, so that what a thread was not scheduled for is never taken for a loss.
#pragma once

#include <memory>
#include <numeric>
#include <vector>

#include "sim/transfer.h"
#include "support/tcp_host.h"
#include "threads/wire.h"
#include "threads/worker_thread.h"

namespace sluice::threads {

struct Scenario {
  unsigned queues = 1;            // of the port
  bool each_frame_apart = false;  // the device deals frames to its queues in turn, else by flow
  bool chained_buffers = false;   // the device takes them: what is sent is shared with the worker that sends it
  worker::RingCapacity rings;     // between the workers
  uint32_t packets = 4096;        // of each worker
  unsigned passive = 16;          // connections that the peer opens
  unsigned active = 4;            // connections that each worker opens
  uint64_t bytes = 40'000;        // each way, on each connection
};

class World {
 public:
  static constexpr unsigned kWorkers = 4;

  explicit World(const Scenario& scenario);

  // Runs until every transfer has ended and the wire is quiet; the threads have ended when it returns. False: the
  // transfers had not ended when the time was over.
  bool run();

  WorkerThread& worker(unsigned i) { return *workers_[i]; }
  const FlowOwners& owners() const { return owners_; }
  // All transfers that had a connection, the workers' and the peer's.
  unsigned transfers_expected() const { return 2 * (scenario_.passive + kWorkers * scenario_.active); }
  std::vector<const sim::Transfer*> transfers() const;
  uint64_t counted(Counter c) const;  // by all workers together
  template <typename Of>
  uint64_t sum(Of&& of) const {
    return std::accumulate(workers_.begin(), workers_.end(), uint64_t{0},
                           [&of](uint64_t sum, const auto& worker) { return sum + of(*worker); });
  }

  // Of the peer's end of the wire.
  struct Frames {
    uint64_t all = 0;
    uint64_t tcp = 0;
  };
  const Frames& sent() const { return sent_; }
  const Frames& received() const { return received_; }

 private:
  void open_all();
  bool exchange_frames();
  bool workers_are_idle();
  void let_time_pass();
  bool finished() const;
  void settle();
  unsigned queue_for(std::span<const std::byte> frame);

  const Scenario scenario_;
  Orders orders_;
  Wire wire_;
  const FlowOwners owners_;
  const FlowOwners owners_of_queues_;  // by which the device deals frames to its queues
  worker::Fabric fabric_;
  std::vector<std::unique_ptr<WorkerThread>> workers_;
  test::TcpHost peer_;
  std::vector<std::unique_ptr<sim::Transfer>> peer_transfers_;
  Frames sent_;
  Frames received_;
  unsigned next_queue_ = 0;
  unsigned quiet_looks_ = 0;
  uint64_t frames_seen_ = 0;
  std::vector<uint64_t> turns_seen_;
};

}  // namespace sluice::threads
