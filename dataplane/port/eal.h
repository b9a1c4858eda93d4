// Eal: DPDK's environment layer, started once a process before anything else of port/.
//
// Owned by main; the thread that starts it becomes the control thread's lcore 0. Workers run on the lcores behind it.
#pragma once

#include <memory>

#include "port/eal_arguments.h"
#include "port/start_error.h"
#include "sluice/result.h"
#include "sluice/units.h"

namespace sluice::port {

class Eal {
 public:
  // A second start in one process fails, after a failed or a finished one too: DPDK keeps state that cannot be undone.
  static Result<std::unique_ptr<Eal>, StartError> start(const EalSettings& settings);
  // REQUIRES: every worker has returned, every port and pool is gone.
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

  // Runs `body(argument)` on the worker's own thread, pinned as the settings say. False when there is no such worker
  // or it is running already.
  [[nodiscard]] bool launch(WorkerId worker, int (*body)(void*), void* argument);
  // Waits until the worker's body has returned.
  void join(WorkerId worker);

 private:
  Eal() = default;
};

}  // namespace sluice::port
