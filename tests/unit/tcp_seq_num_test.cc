#include "tcp/seq_num.h"

#include <gtest/gtest.h>

namespace sluice::tcp {
namespace {

// RFC 9293 3.4.
TEST(SeqNum, ComparesAcrossTheWrap) {
  const SeqNum before(0xfffffff0);
  const SeqNum after(0x10);
  EXPECT_LT(before, after);
  EXPECT_GT(after, before);
  EXPECT_LE(before, before);
  EXPECT_EQ((after - before).value, 0x20u);
  EXPECT_EQ(before + SeqLen{0x20}, after);
  EXPECT_EQ(after - SeqLen{0x20}, before);
}

TEST(SeqNum, PointsHalfTheSpaceApart_AreStillOrdered) {
  EXPECT_LT(SeqNum(0), SeqNum(0x7fffffff));
  EXPECT_GT(SeqNum(0), SeqNum(0x80000001));
}

TEST(SeqNum, MaxAndMin_FollowTheOrderOfTheSequence) {
  EXPECT_EQ(max(SeqNum(0xffffffff), SeqNum(1)), SeqNum(1));
  EXPECT_EQ(min(SeqNum(0xffffffff), SeqNum(1)), SeqNum(0xffffffff));
}

}  // namespace
}  // namespace sluice::tcp
