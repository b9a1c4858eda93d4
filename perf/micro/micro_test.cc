// Each row of the microbenchmarks is served as it says, in a small version: what is measured there works.
#include <gtest/gtest.h>

#include "micro/rows.h"

namespace sluice::micro {
namespace {

TEST(Micro, EveryRowIsServed) {
  const auto tsc = worker::TscClock::calibrate();
  for (const Table& table : tables({.routes = 20, .regexes = 20, .consumers = 20, .tokens = 20})) {
    for (const Row& row : table.rows) {
      auto world = World::make(row, tsc);
      ASSERT_TRUE(world.ok()) << world.error();
      EXPECT_GT((*world)->serve(9), 0u) << row.title;
      EXPECT_EQ((*world)->failure(), "") << row.title;
    }
  }
}

// Connections are few, and a run is long.
TEST(Micro, AConnectionIsNotClosedAfterItsThousandthRequest) {
  const auto tsc = worker::TscClock::calibrate();
  const auto all = tables({.routes = 1, .regexes = 1, .consumers = 1, .tokens = 1});
  auto world = World::make(all.front().rows[all.front().baseline], tsc);
  ASSERT_TRUE(world.ok()) << world.error();
  (*world)->serve(policy::Limits().requests_per_connection + 1);
  EXPECT_EQ((*world)->failure(), "");
}

}  // namespace
}  // namespace sluice::micro
