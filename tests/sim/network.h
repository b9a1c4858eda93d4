// Network: a seeded virtual path between two TCP stacks: delay, rate, queue, loss, reordering, duplication, corruption,
// a smaller MTU from some moment on, and a middlebox that knows no SACK.
//
// Owned by a simulation, which moves its clock to next_delivery() and calls deliver(). The same seed gives the same
// run.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>

#include "support/test_worker.h"
#include "tcp/icmp_error.h"
#include "tcp/segment_output.h"

namespace sluice::sim {

// One direction of the path. Probabilities are in thousandths.
struct LinkSettings {
  Duration delay = Duration::milliseconds(1);
  uint64_t rate_bytes_per_second = 0;  // 0: no limit
  uint32_t queue_segments = 1000;      // what the limited rate may keep waiting; more is dropped
  uint32_t loss = 0;
  uint32_t lose_every = 0;  // each so many-th segment is lost; 0: none
  Duration outage{};        // how long everything is lost when one segment is
  uint32_t reorder = 0;
  uint32_t duplicate = 0;
  uint32_t corrupt = 0;
  uint16_t mtu = 1500;        // bytes of an IP packet, from mtu_changes on
  Duration mtu_changes{};     // after the beginning; before, everything fits
  bool removes_sack = false;  // SYNs lose their SACK-permitted on the way
};

struct LinkFigures {
  uint64_t carried = 0;
  uint64_t lost = 0;
  uint64_t overflowed = 0;
};

// One end's way out.
class Link final : public tcp::SegmentOutput {
 public:
  using Receive = std::function<void(const IpAddress& source, const IpAddress& destination, Packet segment)>;

  Link(test::TestWorker& worker, Random& random, const LinkSettings& settings, const IpAddress& source)
      : worker_(worker), random_(random), settings_(settings), source_(source) {}

  void send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn ecn) override;
  std::optional<IpAddress> source_for(const IpAddress&) const override { return source_; }
  uint16_t path_mtu(const IpAddress&) const override { return 1500; }
  const TransmitOffloads& offloads() const override { return offloads_; }

  void on_delivery(Receive receive) { receive_ = std::move(receive); }
  // What the path says about packets that do not fit it.
  using Complain = std::function<void(const tcp::IcmpError& error)>;
  void on_error(Complain complain) { complain_ = std::move(complain); }
  Instant next_delivery() const;
  void deliver();
  void clear() {
    waiting_.clear();
    errors_.clear();
  }
  // Nothing passes any more.
  void cut() { cut_ = true; }

  const LinkFigures& figures() const { return figures_; }

 private:
  struct InTransit {
    IpAddress source;
    IpAddress destination;
    Packet segment;
  };

  bool chance(uint32_t thousandths) { return thousandths > 0 && random_.below(1000) < thousandths; }
  bool lost();
  bool fits(const IpAddress& source, const IpAddress& destination, const Packet& segment);
  // When the last byte has left the queue; never() when the queue is full.
  Instant departure(size_t bytes);
  Packet copy_of(const Packet& segment);
  void put(Instant at, const IpAddress& source, const IpAddress& destination, Packet segment);

  test::TestWorker& worker_;
  Random& random_;
  LinkSettings settings_;
  IpAddress source_;
  TransmitOffloads offloads_;
  Receive receive_;
  Complain complain_;
  std::multimap<Instant, InTransit> waiting_;
  std::multimap<Instant, tcp::IcmpError> errors_;
  const Instant begin_ = worker_.clock.now();
  uint64_t offered_ = 0;
  Instant free_at_{};
  Instant down_until_{};
  bool cut_ = false;
  LinkFigures figures_;
};

}  // namespace sluice::sim
