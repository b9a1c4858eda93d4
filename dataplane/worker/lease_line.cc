#include "worker/lease_line.h"

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

LeaseLine::LeaseLine(WorkerContext& worker) : worker_(worker), descriptor_(open_descriptor()) {}

LeaseLine::~LeaseLine() {
  close(descriptor_);
}

bool LeaseLine::ask(const LeaseQuestion& question) {
  if (!questions_.try_push(question)) {
    worker_.count(Counter::kGatewayRateLeasesUnasked);
    return false;
  }
  worker_.count(Counter::kGatewayRateLeasesAsked);
  const uint64_t one = 1;
  // It fails only when nobody has read it 2^64 times: then it is readable.
  [[maybe_unused]] const ssize_t written = write(descriptor_, &one, sizeof one);
  return true;
}

void LeaseLine::wake(const WaitHandle& waiting, bool served) {
  // A full ring would mean more waits than exchanges: these have ended long ago.
  (void)wakings_.try_push(Waking{waiting, served});
}

}  // namespace sluice::worker
