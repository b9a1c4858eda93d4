// RecordingDesk: keeps what plugins ask of control, for tests that answer in control's stead.
#pragma once

#include <vector>

#include "sluice/question.h"

namespace sluice::test {

template <typename Question>
class RecordingDesk final : public QuestionDesk<Question> {
 public:
  [[nodiscard]] bool ask(const Question& question) override {
    if (!full) questions.push_back(question);
    return !full;
  }
  std::vector<Question> questions;
  bool full = false;
};

}  // namespace sluice::test
