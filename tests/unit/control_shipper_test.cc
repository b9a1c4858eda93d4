// The shipper's thread between workers that write records and the sinks of the policies that those name.
#include "ship/shipper.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "exchange_rig.h"
#include "publish/hand_over.h"

namespace sluice::control {
namespace {

// A worker's ring, of which every look is seen.
class WatchedSource final : public AccessRecordSource {
 public:
  explicit WatchedSource(std::function<bool(AccessRecord&)> take) : take_(std::move(take)) {}

  bool try_take(AccessRecord& record) override {
    const bool taken = take_(record);
    looks_.fetch_add(1, std::memory_order_release);
    looks_.notify_all();
    return taken;
  }

  // Returns when the shipper has looked `n` times since the beginning.
  void await_looks(uint64_t n) const {
    for (uint64_t seen; (seen = looks()) < n;) looks_.wait(seen, std::memory_order_acquire);
  }
  uint64_t looks() const { return looks_.load(std::memory_order_acquire); }

 private:
  const std::function<bool(AccessRecord&)> take_;
  std::atomic<uint64_t> looks_{0};
};

class ShipperTest : public ::testing::Test {
 protected:
  ShipperTest() {
    char path[] = "/tmp/sluice-shipper-XXXXXX";
    EXPECT_NE(mkdtemp(path), nullptr);
    folder_ = path;
    log_.path = folder_ + "/log";
    log_.reopen = true;
  }
  ~ShipperTest() override { std::filesystem::remove_all(folder_); }

  size_t lines() const {
    std::ifstream in(log_.path);
    size_t n = 0;
    for (std::string line; std::getline(in, line);) ++n;
    return n;
  }

  // A policy of one file-log.
  std::shared_ptr<const policy::Policy> logging() const {
    auto policy = std::make_shared<policy::Policy>();
    policy->plugins.emplace_back().config = log_;
    return policy;
  }

  std::string folder_;
  policy::FileLogConfig log_;
};

// A worker takes up a policy, and ends a request on it, between the shipper's look at the news and at the rings.
TEST_F(ShipperTest, RecordOfAPolicyThatCameThisTurn_IsNoStray) {
  std::unique_ptr<Shipper> shipper;
  bool given = false;
  WatchedSource source([&](AccessRecord& record) {
    if (given) return false;
    given = true;
    shipper->add_policy(2, logging(), {});
    record = {};
    record.header.policy_generation = 2;
    record.sinks.add(0);
    return true;
  });
  shipper = std::make_unique<Shipper>(std::vector<AccessRecordSource*>{&source}, ProcessIdentity{});
  shipper->add_policy(1, logging(), {});
  shipper->start();
  source.await_looks(2);
  EXPECT_EQ(shipper->strays(), 0u);
  shipper.reset();
  EXPECT_EQ(lines(), 1u);
}

// The policy's snapshot is let go when the next one is in force, so that long answers hold up no reload: what its
// plugins are to hear at the end they hear all the same.
TEST_F(ShipperTest, AnswerThatOutlivesItsPolicy_IsLoggedByThatPolicysPlugins) {
  exchange::test::Rig rig;
  rig.add_plugin(log_);
  WorkerMailbox mailbox;
  HandOver hand_over({{&mailbox, &rig.server().snapshots()}});
  hand_over.give(std::make_unique<const AddressBook>());
  WatchedSource source([&](AccessRecord& record) { return rig.server().access_records().try_take(record); });
  auto shipper = std::make_unique<Shipper>(std::vector<AccessRecordSource*>{&source}, ProcessIdentity{});
  const auto reload = [&](uint64_t generation) {
    shipper->add_policy(generation, std::make_shared<const policy::Policy>(rig.policy), {});
    hand_over.give(std::make_unique<const exchange::Snapshot>(generation, exchange::Snapshot::Parts{}));
    rig.reload();
  };
  reload(1);
  shipper->start();
  exchange::test::Peer& client = rig.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.origins[0].send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
  rig.run();
  reload(2);
  reload(3);
  rig.origins[0].send("b");
  rig.run();
  shipper->retire_before(3, hand_over.reclaim(3));
  EXPECT_EQ(hand_over.alive(), 1u);
  source.await_looks(source.looks() + 3);  // a turn has taken that in and is over
  rig.origins[0].send("c");
  rig.run();
  EXPECT_TRUE(client.received().ends_with("abc"));
  EXPECT_EQ(hand_over.reclaim(3), std::vector<uint64_t>());
  source.await_looks(source.looks() + 2);
  EXPECT_EQ(shipper->strays(), 0u);
  shipper.reset();
  EXPECT_EQ(lines(), 1u);
}

}  // namespace
}  // namespace sluice::control
