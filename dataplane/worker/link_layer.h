// LinkLayer: one worker's ends of all ports, and of the rings to the other workers: frames in, frames out.
//
// Owned by the worker. A frame that belongs to another worker goes onto its ring before anything looks into it; a frame
// for a port on which this worker has no queue goes to the worker whose queue serves it.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/worker_context.h"
#include "net/link_output.h"
#include "net/neighbour_sync.h"
#include "net/stack.h"
#include "net/steering.h"
#include "port/frame_queue.h"
#include "worker/exception_path.h"
#include "worker/fabric.h"

namespace sluice::worker {

class LinkLayer final : public net::LinkOutput, public net::NeighbourSync {
 public:
  // What the worker has of one port.
  struct PortEnd {
    unsigned queues = 1;  // of the device; queue q belongs to worker q
    net::Steering steering;
    std::unique_ptr<port::FrameQueue> queue;  // nullptr: another worker's queue serves this worker
  };

  // ports: by PortIndex; the fabric outlives the layer.
  LinkLayer(WorkerContext& context, std::vector<PortEnd> ports, Fabric& fabric)
      : context_(context), fabric_(fabric), ports_(std::move(ports)) {}

  // Where frames go. Once, before the first poll.
  void wire(net::Stack& stack) { stack_ = &stack; }
  // What arrives goes by there first. Once, before the first poll; without it everything goes to the stack.
  void wire(ExceptionPath& exceptions) { exceptions_ = &exceptions; }

  // Each takes at most a burst from every port or ring and returns how many frames there were.
  unsigned poll_ports();
  unsigned poll_other_workers();
  // Hands the devices what was sent in this turn.
  void flush();

  void transmit(PortIndex port, Packet frame) override;
  void steer(PortIndex port, Packet frame) override;
  void publish(const net::NeighbourUpdate& update) override { notify_others(update); }
  void publish(const net::AddressNotice& notice) override { notify_others(notice); }
  void request(const net::ResolveRequest& request) override;

 private:
  void take(PortIndex port, const net::Steering& steering, Packet frame);
  void on_notice(const Fabric::NeighbourNotice& notice);
  void notify_others(const Fabric::NeighbourNotice& notice);
  template <typename Visit>
  void for_each_other(Visit&& visit);

  WorkerContext& context_;
  Fabric& fabric_;
  net::Stack* stack_ = nullptr;
  ExceptionPath* exceptions_ = nullptr;
  std::vector<PortEnd> ports_;
};

}  // namespace sluice::worker
