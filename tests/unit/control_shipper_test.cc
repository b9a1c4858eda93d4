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
  shipper = std::make_unique<Shipper>(std::vector<AccessRecordSource*>{&source});
  shipper->add_policy(1, logging(), {});
  shipper->start();
  source.await_looks(2);
  EXPECT_EQ(shipper->strays(), 0u);
  shipper.reset();
  EXPECT_EQ(lines(), 1u);
}

}  // namespace
}  // namespace sluice::control
