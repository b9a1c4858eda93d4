#include "worker/exception_path.h"

#include <algorithm>

namespace sluice::worker {

ExceptionPath::ExceptionPath(WorkerContext& context, PacketPool& packets,
                             std::vector<std::unique_ptr<port::FrameQueue>> ends, net::Config config,
                             net::ExceptionFilter::OurPorts our_ports)
    : context_(context),
      packets_(packets),
      ends_(std::move(ends)),
      config_(std::move(config)),
      filter_(config_, std::move(our_ports)) {}

Packet ExceptionPath::sort(PortIndex port, Packet frame) {
  if (ends_[port.value] == nullptr) return frame;
  switch (filter_.taker_of(port, std::as_const(frame).bytes())) {
    case net::Taker::kUs:
      return frame;
    case net::Taker::kKernel:
      hand_over(port, std::move(frame));
      return {};
    case net::Taker::kBoth:
      if (Packet copy = copy_of(frame)) hand_over(port, std::move(copy));
      return frame;
  }
  return frame;
}

void ExceptionPath::flush() {
  for (const auto& end : ends_) {
    if (end != nullptr) end->flush();
  }
}

void ExceptionPath::hand_over(PortIndex port, Packet frame) {
  context_.count(Counter::kWorkerToKernel);
  ends_[port.value]->transmit(std::move(frame));
}

// Without a buffer for it the kernel does not hear this one: as a full queue of a NIC.
Packet ExceptionPath::copy_of(const Packet& frame) {
  Packet copy = packets_.try_allocate();
  if (!copy || copy.tailroom() < frame.size()) return {};
  std::ranges::copy(frame.bytes(), copy.append(frame.size()).begin());
  return copy;
}

}  // namespace sluice::worker
