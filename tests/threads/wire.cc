#include "threads/wire.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::threads {

class Wire::WorkerEnd final : public port::FrameQueue {
 public:
  WorkerEnd(Pair& pair, PacketPool& packets, Counters& counters)
      : pair_(pair), packets_(packets), counters_(counters) {}

  unsigned receive(std::span<Packet, kBurst> out) override {
    unsigned n = 0;
    while (n < kBurst && pair_.to_worker.size() > 0) {
      Packet packet = packets_.try_allocate();
      if (!packet || !pair_.to_worker.try_pop(frame_)) break;
      std::memcpy(packet.append(frame_.size).data(), frame_.bytes.data(), frame_.size);
      out[n++] = std::move(packet);
    }
    counters_.add(Counter::kPortRxPackets, n);
    return n;
  }

  void transmit(Packet frame) override {
    Frame* slot = pair_.from_worker.try_reserve();
    if (slot == nullptr) return counters_.add(Counter::kPortTxFull);
    slot->size = 0;
    std::as_const(frame).for_each_part([slot](std::span<const std::byte> part) {
      std::memcpy(slot->bytes.data() + slot->size, part.data(), part.size());
      slot->size = static_cast<uint16_t>(slot->size + part.size());
    });
    pair_.from_worker.commit();
    counters_.add(Counter::kPortTxPackets);
  }

  void flush() override {}

 private:
  Pair& pair_;
  PacketPool& packets_;
  Counters& counters_;
  Frame frame_;
};

std::unique_ptr<port::FrameQueue> Wire::worker_end(unsigned queue, PacketPool& packets, Counters& counters) {
  return std::make_unique<WorkerEnd>(*pairs_[queue], packets, counters);
}

bool Wire::try_send(unsigned queue, std::span<const std::byte> frame) {
  Frame* slot = pairs_[queue]->to_worker.try_reserve();
  if (slot == nullptr) return false;
  slot->size = static_cast<uint16_t>(frame.size());
  std::memcpy(slot->bytes.data(), frame.data(), frame.size());
  pairs_[queue]->to_worker.commit();
  return true;
}

bool Wire::try_receive(Frame& frame) {
  return std::any_of(pairs_.begin(), pairs_.end(),
                     [&frame](const auto& pair) { return pair->from_worker.try_pop(frame); });
}

}  // namespace sluice::threads
