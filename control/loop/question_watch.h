// watch_questions(): hands what a worker asks to whoever answers that kind of question, on the event loop.
#pragma once

#include <unistd.h>

#include <functional>
#include <memory>

#include "loop/event_loop.h"
#include "sluice/question.h"

namespace sluice::control {

// Until the handle is destroyed. The source outlives it.
template <typename Question>
std::unique_ptr<EventLoop::Watch> watch_questions(EventLoop& loop, QuestionSource<Question>& source,
                                                  std::function<void(const Question&)> answer) {
  const auto serve = [&source, answer = std::move(answer)](bool, bool) {
    uint64_t rung = 0;
    // What it says does not matter: the ring is emptied.
    [[maybe_unused]] const ssize_t read_bytes = read(source.descriptor(), &rung, sizeof rung);
    for (Question question; source.try_take(question);) answer(question);
  };
  return loop.watch(source.descriptor(), true, false, serve);
}

}  // namespace sluice::control
