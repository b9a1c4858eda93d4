// Cable: TCP stacks of one worker on one wire: segments in a fixed ring, nothing copied, nothing allocated.
//
// A test makes one, then one stack an end. What is sent arrives a millisecond later, unless it is lost.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "support/test_worker.h"
#include "tcp/stack.h"

namespace sluice::heap {

class Cable {
 public:
  explicit Cable(test::TestWorker& worker) : worker_(worker) {}
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  // A host with this address. At most kMostHosts; lives as long as the cable.
  tcp::Stack& add_host(const IpAddress& address, const tcp::Settings& settings = {});

  // Of those with text; 0: none.
  void lose_every(unsigned segments) { lose_every_ = segments; }
  uint64_t lost() const { return lost_; }

  // Lets `milliseconds` pass.
  void run_for(unsigned milliseconds);

 private:
  static constexpr size_t kMostHosts = 3;
  static constexpr size_t kMostWaiting = 8192;

  class Host final : public tcp::SegmentOutput {
   public:
    Host(Cable& cable, const IpAddress& own, const tcp::Settings& settings)
        : address(own),
          cable_(cable),
          stack(cable.worker_.context,
                {*cable.worker_.packets, cable.worker_.nodes, *this, tcp::Secrets::repeatable(cable.worker_.random)},
                settings) {}

    void send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn) override {
      cable_.push(source, destination, std::move(segment));
    }
    std::optional<IpAddress> source_for(const IpAddress&) const override { return address; }
    uint16_t path_mtu(const IpAddress&) const override { return 1500; }
    const TransmitOffloads& offloads() const override { return offloads_; }

    const IpAddress address;

   private:
    Cable& cable_;
    TransmitOffloads offloads_;

   public:
    tcp::Stack stack;
  };
  struct InTransit {
    IpAddress source;
    IpAddress destination;
    Packet segment;
  };

  void push(const IpAddress& source, const IpAddress& destination, Packet segment);
  void deliver(InTransit segment);

  test::TestWorker& worker_;
  std::array<std::unique_ptr<Host>, kMostHosts> hosts_;
  size_t host_count_ = 0;
  std::array<InTransit, kMostWaiting> waiting_;
  size_t first_ = 0;
  size_t end_ = 0;
  unsigned lose_every_ = 0;
  uint64_t with_text_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace sluice::heap
