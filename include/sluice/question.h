// Questions: what a plugin asks of control because no worker may wait for a network, and how its wait for that ends.
//
// A worker asks at its desk; control takes the questions from their source, which is the other side of the desk, puts
// what it finds out where plugins look for it, and ends the waits. One desk a kind of question and worker. Both sides
// are bounded: a desk that is full says so at once.
//
// Contract between gateway/, which asks, worker/, which carries (worker/question_line.h), and control, which answers.
#pragma once

#include <cstdint>

#include "sluice/wait_handle.h"

namespace sluice {

struct IntrospectionQuestion;  // sluice/introspection.h
struct LeaseQuestion;          // sluice/rate_lease.h

// Where a worker asks. Owned by the worker.
template <typename Question>
class QuestionDesk {
 public:
  // False: too many questions wait already.
  [[nodiscard]] virtual bool ask(const Question& question) = 0;

 protected:
  ~QuestionDesk() = default;
};

// A worker's desk as control sees it. Used by the control thread alone.
template <typename Question>
class QuestionSource {
 public:
  // Readable when there are questions; a read of 8 bytes clears it.
  virtual int descriptor() const = 0;
  [[nodiscard]] virtual bool try_take(Question& question) = 0;
  // Ends a wait: the plugin runs again and finds `how` in its context.
  virtual void wake(const WaitHandle& waiting, Woken how) = 0;

 protected:
  ~QuestionSource() = default;
};

// The desks of one worker. nullptr: nobody answers such questions (tests).
struct Desks {
  QuestionDesk<LeaseQuestion>* leases = nullptr;
  QuestionDesk<IntrospectionQuestion>* introspections = nullptr;
};

}  // namespace sluice
