// WorkerThread: one worker on a thread of its own: the links, the network layer and TCP of dataplane/, wired as
// worker/worker.cc wires them, over a port in memory.
//
// Made and destroyed by the test while no thread runs; run() is the thread. Time is a word that the test moves: nothing
// here reads a clock.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "net/stack.h"
#include "sim/transfer.h"
#include "support/test_worker.h"
#include "tcp/stack.h"
#include "threads/wire.h"
#include "worker/fabric.h"
#include "worker/link_layer.h"
#include "worker/transport.h"

namespace sluice::threads {

// What the test's thread tells all workers. The words order nothing: only the rings may do that.
struct Orders {
  std::atomic<int64_t> now_ns{test::TestWorker::kStart.ns};
  std::atomic<bool> stop{false};
};

// What a worker tells the test.
struct Progress {
  std::atomic<uint64_t> turns{0};
  std::atomic<uint64_t> frames{0};    // that its turns have moved
  std::atomic<unsigned> finished{0};  // of its own transfers
};

// Remote end, local end.
using Flow = std::pair<Endpoint, Endpoint>;

// Notes whose segments came up here.
class SegmentsSeen final : public net::TransportInput {
 public:
  void wire(tcp::Stack& tcp) { up_.wire(tcp); }

  void on_segment(const IpAddress& source, const IpAddress& destination, Packet segment,
                  wire::SegmentMarks marks) override;
  void on_icmp_error(const net::IcmpError& error) override { up_.on_icmp_error(error); }

  uint64_t segments() const { return segments_; }
  const std::set<Flow>& flows() const { return flows_; }

 private:
  worker::SegmentsUp up_;
  uint64_t segments_ = 0;
  std::set<Flow> flows_;
};

class WorkerThread {
 public:
  struct Setup {
    Wire& wire;
    worker::Fabric& fabric;
    const Orders& orders;
    net::Config net;
    tcp::Settings tcp;
    bool by_device = false;  // the peer puts frames into their owner's queue
    uint32_t packets = 1024;
  };
  WorkerThread(const Setup& setup, WorkerId id);
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  // Before run(): takes one connection to `local`, or opens one to `remote`, and carries `transfer` over it.
  void serve(const Endpoint& local, const sim::TransferSettings& transfer, uint64_t pattern, uint64_t expected);
  void open(const Endpoint& remote, const sim::TransferSettings& transfer, uint64_t pattern, uint64_t expected);

  // Turns of the poll loop until ordered to stop.
  void run();

  Progress progress;
  test::TestWorker worker;

  const SegmentsSeen& seen() const { return up_; }
  const std::vector<std::unique_ptr<sim::Transfer>>& transfers() const { return transfers_; }

 private:
  sim::Transfer& add(const sim::TransferSettings& transfer, uint64_t pattern, uint64_t expected);
  unsigned turn();

  const Orders& orders_;
  worker::HomePorts home_ports_;
  worker::LinkLayer link_;
  SegmentsSeen up_;
  worker::SegmentsDown down_;
  net::Stack net_;
  std::vector<std::unique_ptr<sim::Transfer>> transfers_;
  tcp::Stack tcp_;  // last: its timers and tasks live in the worker
};

}  // namespace sluice::threads
