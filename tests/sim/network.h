// Network: a seeded virtual path between two TCP stacks: what path.h says, a smaller MTU from some moment on, and a
// middlebox that knows no SACK.
//
// Owned by a simulation, which moves its clock to next_delivery() and calls deliver(). The same seed gives the same
// run.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>

#include "sim/path.h"
#include "support/test_worker.h"
#include "tcp/icmp_error.h"
#include "tcp/segment_output.h"

namespace sluice::sim {

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
      : worker_(worker), path_(worker.clock, random, settings), source_(source) {}

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
  void cut() { path_.cut(); }

  const LinkFigures& figures() const { return figures_; }

 private:
  struct InTransit {
    IpAddress source;
    IpAddress destination;
    Packet segment;
  };

  bool fits(const IpAddress& source, const IpAddress& destination, const Packet& segment);
  Packet copy_of(const Packet& segment);
  void put(Instant at, const IpAddress& source, const IpAddress& destination, Packet segment);

  test::TestWorker& worker_;
  Path path_;
  IpAddress source_;
  TransmitOffloads offloads_;
  Receive receive_;
  Complain complain_;
  std::multimap<Instant, InTransit> waiting_;
  std::multimap<Instant, tcp::IcmpError> errors_;
  LinkFigures figures_;
};

}  // namespace sluice::sim
