#include "sim/verdict.h"

namespace sluice::sim {

std::string problem_of(const char* who, tcp::Stack& stack, const Transfer& t, uint64_t expected, bool cut) {
  const std::string side(who);
  if (t.first_wrong() != Transfer::kNoneWrong) return side + " got a wrong byte at " + std::to_string(t.first_wrong());
  if (!t.closed())
    return side + " never ended, having received " + std::to_string(t.received()) + ": " +
           (t.connection() == nullptr ? "not open" : stack.describe(t.connection()->tuple()));
  if (*t.closed() != (cut ? tcp::CloseReason::kTimedOut : tcp::CloseReason::kFinished))
    return side + " ended for reason " + std::to_string(int(*t.closed()));
  if (!cut && t.received() != expected) return side + " received " + std::to_string(t.received()) + " bytes";
  return {};
}

}  // namespace sluice::sim
