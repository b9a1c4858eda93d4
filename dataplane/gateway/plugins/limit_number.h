// LimitNumber: a limit as its configuration says it, perhaps with a fraction, and what whole tokens make of it.
//
// As in Kong something is admitted while less than the limit is used: of 2.5 three are, and the client is told that 1.5
// remain after the first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::gateway {

class LimitNumber {
 public:
  // REQUIRES: limit > 0.
  explicit LimitNumber(double limit);

  uint32_t tokens() const { return tokens_; }
  std::string_view text() const { return text_; }
  // What remains of the limit where `left` tokens do; below zero where more than all were used.
  double remaining(int64_t left) const { return limit_ - (static_cast<double>(tokens_) - static_cast<double>(left)); }

 private:
  double limit_;
  uint32_t tokens_;
  std::string text_;
};

}  // namespace sluice::gateway
