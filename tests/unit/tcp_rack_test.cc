// What RACK learns of reordering from duplicates that are reported (RFC 8985 6.2 step 4).
#include "tcp/rack.h"

#include <gtest/gtest.h>

namespace sluice::tcp {
namespace {

struct RackTest : testing::Test {
  // The factor of the reordering window after a report.
  int report(uint32_t snd_una, uint32_t snd_nxt) {
    rack.on_duplicate_reported(SeqNum(snd_una), SeqNum(snd_nxt), history);
    return history.reo_wnd_mult;
  }

  Rack rack;
  PathHistory history;
};

TEST_F(RackTest, DuplicatesReported_CountOnceARound) {
  EXPECT_EQ(report(0, 1000), 2);
  EXPECT_EQ(report(500, 1500), 2);
  EXPECT_EQ(report(1000, 2000), 3);
}

// Numbers wrap: the round that ended 2 GiB ago is not one that goes on.
TEST_F(RackTest, DuplicateReportedLongAfterTheLast_Counts) {
  EXPECT_EQ(report(0, 1000), 2);
  EXPECT_EQ(report(0x90000000, 0x90001000), 3);
}

}  // namespace
}  // namespace sluice::tcp
