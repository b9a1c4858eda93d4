#include "worker/question_line.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdlib>

namespace sluice::worker {

namespace {

int open_descriptor() {
  const int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (descriptor < 0) std::abort();
  return descriptor;
}

}  // namespace

WakeLine::WakeLine() : descriptor_(open_descriptor()) {}

WakeLine::~WakeLine() {
  close(descriptor_);
}

void WakeLine::ring() const {
  const uint64_t one = 1;
  // It fails only when nobody has read it 2^64 times: then it is readable.
  [[maybe_unused]] const ssize_t written = write(descriptor_, &one, sizeof one);
}

void WakeLine::wake(const WaitHandle& waiting, Woken how) {
  // The ring has room for all that can wait at once. It is full only where ends of waits that nobody waits in any more
  // stand in it too; who is lost then waits until its time is over.
  (void)wakings_.try_push(Waking{waiting, how});
}

}  // namespace sluice::worker
