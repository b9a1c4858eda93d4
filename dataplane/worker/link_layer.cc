#include "worker/link_layer.h"

#include <utility>

namespace sluice::worker {

unsigned LinkLayer::poll_ports() {
  unsigned frames = 0;
  std::array<Packet, port::FrameQueue::kBurst> burst;
  for (size_t i = 0; i < ports_.size(); ++i) {
    PortEnd& end = ports_[i];
    if (end.queue == nullptr) continue;
    const unsigned n = end.queue->receive(burst);
    for (unsigned k = 0; k < n; ++k) take(PortIndex{static_cast<uint8_t>(i)}, end.steering, std::move(burst[k]));
    frames += n;
  }
  if (exceptions_ == nullptr) return frames;
  return frames + exceptions_->poll([this](PortIndex port, Packet frame) { transmit(port, std::move(frame)); });
}

void LinkLayer::take(PortIndex port, const net::Steering& steering, Packet frame) {
  if (exceptions_ != nullptr && !(frame = exceptions_->sort(port, std::move(frame)))) return;
  const WorkerId owner = steering.owner_of(std::as_const(frame).bytes(), context_.id);
  if (owner == context_.id) {
    stack_->on_frame(port, std::move(frame));
    return;
  }
  const bool handed_on = fabric_.lane(context_.id, owner).received.try_push({port, std::move(frame)});
  context_.count(handed_on ? Counter::kWorkerSteeredOut : Counter::kWorkerSteerRingFull);
}

// No device has seen this frame whole.
void LinkLayer::steer(PortIndex port, Packet frame) {
  take(port, {.owners = fabric_.owners(), .by_device = false}, std::move(frame));
}

unsigned LinkLayer::poll_other_workers() {
  unsigned found = 0;
  for_each_other([&](WorkerId other) {
    Fabric::Lane& lane = fabric_.lane(other, context_.id);
    SteeredFrame steered;
    for (unsigned n = 0; n < port::FrameQueue::kBurst && lane.received.try_pop(steered); ++n, ++found) {
      context_.count(Counter::kWorkerSteeredIn);
      stack_->on_frame(steered.port, std::move(steered.frame));
    }
    for (unsigned n = 0; n < port::FrameQueue::kBurst && lane.to_transmit.try_pop(steered); ++n, ++found) {
      ports_[steered.port.value].queue->transmit(std::move(steered.frame));
    }
    Fabric::NeighbourNotice notice;
    for (unsigned n = 0; n < port::FrameQueue::kBurst && lane.neighbours.try_pop(notice); ++n, ++found) {
      on_notice(notice);
    }
  });
  return found;
}

void LinkLayer::flush() {
  for (PortEnd& end : ports_) {
    if (end.queue != nullptr) end.queue->flush();
  }
  if (exceptions_ != nullptr) exceptions_->flush();
}

void LinkLayer::transmit(PortIndex port, Packet frame) {
  PortEnd& end = ports_[port.value];
  if (end.queue != nullptr) {
    end.queue->transmit(std::move(frame));
    return;
  }
  const WorkerId server{static_cast<uint8_t>(context_.id.value % end.queues)};
  if (!fabric_.lane(context_.id, server).to_transmit.try_push({port, std::move(frame)})) {
    context_.count(Counter::kWorkerTransmitRingFull);
  }
}

void LinkLayer::on_notice(const Fabric::NeighbourNotice& notice) {
  if (const auto* update = std::get_if<net::NeighbourUpdate>(&notice)) {
    stack_->apply(*update);
  } else if (const auto* address = std::get_if<net::AddressNotice>(&notice)) {
    stack_->apply(*address);
  } else {
    stack_->on_resolve_request(*std::get_if<net::ResolveRequest>(&notice));
  }
}

// A notice lost to a full ring is said again in time (net/neighbour_sync.h).
void LinkLayer::notify_others(const Fabric::NeighbourNotice& notice) {
  for_each_other([&](WorkerId other) {
    if (!fabric_.lane(context_.id, other).neighbours.try_push(notice)) context_.count(Counter::kWorkerNoticeRingFull);
  });
}

void LinkLayer::request(const net::ResolveRequest& request) {
  if (!fabric_.lane(context_.id, WorkerId{0}).neighbours.try_push(request)) {
    context_.count(Counter::kWorkerNoticeRingFull);
  }
}

template <typename Visit>
void LinkLayer::for_each_other(Visit&& visit) {
  for (uint8_t i = 0; i < fabric_.workers(); ++i) {
    if (WorkerId{i} != context_.id) visit(WorkerId{i});
  }
}

}  // namespace sluice::worker
