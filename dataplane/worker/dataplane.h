// Dataplane: all workers with their ports and memory, from node.yaml to their end.
//
// Owned by main. EAL, pools and ports are started here, in that order, and ended in the other; control reaches the
// workers through what this class shows, and through nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "port/eal.h"
#include "port/port.h"
#include "sluice/policy/node.h"
#include "sluice/result.h"
#include "worker/fabric.h"
#include "worker/tsc_clock.h"
#include "worker/worker.h"

namespace sluice::worker {

class Dataplane {
 public:
  // Starts EAL, opens the ports, makes the workers; they do not run yet. `node` and `health` outlive the dataplane. The
  // error is for the operator: what could not be started, DPDK's words, what to do.
  static Result<std::unique_ptr<Dataplane>, std::string> start(const policy::Node& node, upstream::HealthTable& health);
  // Stops the workers first if they still run.
  ~Dataplane();
  Dataplane(const Dataplane&) = delete;
  Dataplane& operator=(const Dataplane&) = delete;

  // Lets every worker run on its core. An empty string, or which one could not be started.
  std::string run();
  // Waits until every worker has left its loop, which it does once ordered to stop.
  void join();

  void order(WorkerOrder order);

  const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
  double cycles_per_second() const { return clock_.cycles_per_second(); }

 private:
  Dataplane(const policy::Node& node, upstream::HealthTable& health);
  std::string make_memory();
  std::string open_ports();
  std::string open_kernel_port(const policy::NodePort& settings);
  void share_pools(const port::Port::Facts& facts);
  void make_workers();

  const policy::Node& node_;
  upstream::HealthTable& health_;
  const TscClock clock_;
  const FlowOwners owners_;
  std::unique_ptr<port::Eal> eal_;
  std::vector<std::unique_ptr<Counters>> counters_;  // by WorkerId, like the next
  std::vector<std::unique_ptr<PacketPool>> pools_;
  std::vector<std::unique_ptr<port::Port>> ports_;         // by PortIndex
  std::vector<std::unique_ptr<port::Port>> kernel_ports_;  // theirs of the exception path, by PortIndex; may be nullptr
  Fabric fabric_;
  std::vector<std::unique_ptr<Worker>> workers_;
  bool running_ = false;
};

}  // namespace sluice::worker
