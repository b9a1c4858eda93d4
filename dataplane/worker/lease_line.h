// LeaseLine: what carries questions about shared rate limits from a worker to control, and the ends of waits back.
//
// One per worker, which owns it. Two rings, each with one writer: questions go one way, waits that are over the other.
// The worker writes to a descriptor when it asks, so that control need not poll; it polls itself, once a turn.
#pragma once

#include "base/spsc_ring.h"
#include "base/worker_context.h"
#include "exchange/server.h"
#include "sluice/rate_lease.h"

namespace sluice::worker {

class LeaseLine final : public LeaseDesk, public LeaseCounter {
 public:
  explicit LeaseLine(WorkerContext& worker);
  ~LeaseLine();
  LeaseLine(const LeaseLine&) = delete;
  LeaseLine& operator=(const LeaseLine&) = delete;

  // LeaseDesk; worker.
  [[nodiscard]] bool ask(const LeaseQuestion& question) override;

  // LeaseCounter; control.
  int descriptor() const override { return descriptor_; }
  [[nodiscard]] bool try_take(LeaseQuestion& question) override { return questions_.try_pop(question); }
  void wake(const WaitHandle& waiting, bool served) override;

  // Worker: wakes, at its exchange::Server, whose wait control has ended. Returns how many there were.
  template <typename Server>
  unsigned poll(Server& server) {
    unsigned count = 0;
    for (Waking waking; wakings_.try_pop(waking); ++count) server.wake(waking.waiting, waking.served);
    return count;
  }

 private:
  static constexpr size_t kQuestions = 1024;
  static constexpr size_t kWakings = exchange::ServerSettings().exchanges;  // as many as can wait

  struct Waking {
    WaitHandle waiting;
    bool served = false;
  };

  WorkerContext& worker_;
  const int descriptor_;
  SpscRing<LeaseQuestion> questions_{kQuestions};
  SpscRing<Waking> wakings_{kWakings};
};

}  // namespace sluice::worker
