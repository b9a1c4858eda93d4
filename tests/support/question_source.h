// ScriptedSource: a worker as control sees it, for tests of who answers: what the test asks, and the waits that control
// has ended.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <utility>
#include <vector>

#include "sluice/question.h"

namespace sluice::test {

template <typename Question>
class ScriptedSource final : public QuestionSource<Question> {
 public:
  ScriptedSource() = default;
  ~ScriptedSource() { close(descriptor_); }
  ScriptedSource(const ScriptedSource&) = delete;
  ScriptedSource& operator=(const ScriptedSource&) = delete;

  void ask(Question question) {
    questions_.push_back(std::move(question));
    const uint64_t one = 1;
    if (write(descriptor_, &one, sizeof one) != static_cast<ssize_t>(sizeof one)) std::abort();
  }

  // QuestionSource
  int descriptor() const override { return descriptor_; }
  [[nodiscard]] bool try_take(Question& question) override {
    if (questions_.empty()) return false;
    question = std::move(questions_.front());
    questions_.pop_front();
    return true;
  }
  void wake(const WaitHandle& waiting, Woken how) override { wakings.emplace_back(waiting.slot, how); }

  std::vector<std::pair<uint32_t, Woken>> wakings;  // slots

 private:
  const int descriptor_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  std::deque<Question> questions_;
};

}  // namespace sluice::test
