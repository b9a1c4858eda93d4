// QuestionLine: what carries one kind of question from a worker to control, and the ends of waits back.
//
// One a kind and worker, owned by the worker. Two rings, each with one writer: questions go one way, waits that are
// over the other. The worker writes to a descriptor when it asks, so that control need not poll; it polls itself, once
// a turn.
#pragma once

#include "base/spsc_ring.h"
#include "base/worker_context.h"
#include "exchange/server.h"
#include "sluice/question.h"

namespace sluice::worker {

// What lines of all kinds have in common.
class WakeLine {
 public:
  WakeLine();
  ~WakeLine();
  WakeLine(const WakeLine&) = delete;
  WakeLine& operator=(const WakeLine&) = delete;

  int descriptor() const { return descriptor_; }
  // Worker: makes the descriptor readable.
  void ring() const;
  // Control.
  void wake(const WaitHandle& waiting, Woken how);
  // Worker: wakes, at its exchange::Server, whose wait control has ended. Returns how many there were.
  template <typename Server>
  unsigned poll(Server& server) {
    unsigned count = 0;
    for (Waking waking; wakings_.try_pop(waking); ++count) server.wake(waking.waiting, waking.how);
    return count;
  }

 private:
  static constexpr size_t kWakings = exchange::ServerSettings().exchanges;  // as many as can wait

  struct Waking {
    WaitHandle waiting;
    Woken how = Woken::kNot;
  };

  const int descriptor_;
  SpscRing<Waking> wakings_{kWakings};
};

template <typename Question>
class QuestionLine final : public QuestionDesk<Question>, public QuestionSource<Question> {
 public:
  // What is counted when a question is asked, and when the ring is full.
  struct Counts {
    Counter asked;
    Counter unasked;
  };
  // questions: how many may wait for control.
  QuestionLine(WorkerContext& worker, size_t questions, Counts counts)
      : worker_(worker), counts_(counts), questions_(questions) {}

  // QuestionDesk; worker.
  [[nodiscard]] bool ask(const Question& question) override {
    Question* const slot = questions_.try_reserve();
    worker_.count(slot == nullptr ? counts_.unasked : counts_.asked);
    if (slot == nullptr) return false;
    *slot = question;
    questions_.commit();
    wakes_.ring();
    return true;
  }

  // QuestionSource; control.
  int descriptor() const override { return wakes_.descriptor(); }
  [[nodiscard]] bool try_take(Question& question) override { return questions_.try_pop(question); }
  void wake(const WaitHandle& waiting, Woken how) override { wakes_.wake(waiting, how); }

  // Worker: as WakeLine.
  template <typename Server>
  unsigned poll(Server& server) {
    return wakes_.poll(server);
  }

 private:
  WorkerContext& worker_;
  const Counts counts_;
  WakeLine wakes_;
  SpscRing<Question> questions_;
};

}  // namespace sluice::worker
