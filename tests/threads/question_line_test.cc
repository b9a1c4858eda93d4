// Questions, here about shared limits, on their way from a worker's thread to control's, and the ends of waits on their
// way back.
#include "worker/question_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "sluice/rate_lease.h"
#include "support/test_worker.h"

namespace sluice::worker {
namespace {

// Stands for the worker's exchanges: each wait ends once, in the order of the questions.
struct Waiters {
  void wake(const WaitHandle& waiting, Woken how) {
    wrong += waiting.slot != woken || (how == Woken::kServed) != (waiting.slot % 2 == 0);
    ++woken;
  }
  uint32_t woken = 0;
  uint32_t wrong = 0;
};

LeaseQuestion question(uint32_t number, const std::shared_ptr<LeaseTerms>& terms) {
  LeaseQuestion asked;
  asked.terms = terms;
  asked.who.assign("consumer " + std::to_string(number));
  asked.limit_count = 1;
  asked.limits[0].most = number;
  asked.waiting = WaitHandle{.slot = number};
  return asked;
}

TEST(QuestionLine, EveryQuestionIsAnsweredOnce_FromAnotherThread) {
  constexpr uint32_t kQuestions = 20'000;
  test::TestWorker worker;
  QuestionLine<LeaseQuestion> line(worker.context, 1024,
                                   {Counter::kGatewayRateLeasesAsked, Counter::kGatewayRateLeasesUnasked});
  const auto terms = std::make_shared<LeaseTerms>();

  uint32_t strange = 0;
  std::thread control([&line, &strange] {
    for (uint32_t taken = 0; taken < kQuestions;) {
      uint64_t asked = 0;
      if (read(line.descriptor(), &asked, sizeof asked) < 0) std::this_thread::yield();
      for (LeaseQuestion question; line.try_take(question); ++taken) {
        strange += question.limits[0].most != taken || question.who.view() != "consumer " + std::to_string(taken);
        line.wake(*question.waiting, taken % 2 == 0 ? Woken::kServed : Woken::kInVain);
      }
    }
  });
  Waiters waiters;
  uint32_t refused = 0;
  for (uint32_t number = 0; number < kQuestions;) {
    if (line.ask(question(number, terms))) {
      ++number;
    } else {
      ++refused;
      std::this_thread::yield();
    }
    line.poll(waiters);
  }
  while (waiters.woken < kQuestions) {
    line.poll(waiters);
    std::this_thread::yield();
  }
  control.join();
  EXPECT_EQ(strange, 0u);
  EXPECT_EQ(waiters.wrong, 0u);
  EXPECT_EQ(worker.counted(Counter::kGatewayRateLeasesAsked), kQuestions);
  EXPECT_EQ(worker.counted(Counter::kGatewayRateLeasesUnasked), refused);
}

}  // namespace
}  // namespace sluice::worker
