// RFC 6298.
#include "tcp/rtt.h"

#include <gtest/gtest.h>

namespace sluice::tcp {
namespace {

struct Rtt : testing::Test {
  Duration rto() const { return rtt.rto(settings); }
  void sample_ms(int64_t ms) { rtt.sample(Duration::milliseconds(ms), settings); }

  Settings settings;
  RttEstimator rtt{settings};
};

TEST_F(Rtt, BeforeASample_IsASecond) {
  EXPECT_EQ(rto(), Duration::seconds(1));
}

// 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR.
TEST_F(Rtt, FirstSample_TriplesIt) {
  sample_ms(100);
  EXPECT_EQ(rtt.smoothed(), Duration::milliseconds(100));
  EXPECT_EQ(rto(), Duration::milliseconds(300));
}

// 2.3, with alpha 1/8 and beta 1/4.
TEST_F(Rtt, LaterSamples_AreSmoothed) {
  sample_ms(100);
  sample_ms(180);
  EXPECT_EQ(rtt.variation(), Duration::microseconds(57'500));
  EXPECT_EQ(rtt.smoothed(), Duration::milliseconds(110));
  EXPECT_EQ(rto(), Duration::milliseconds(340));
}

TEST_F(Rtt, SmallRoundTrips_StopAtTheMinimum) {
  for (int i = 0; i < 50; ++i) rtt.sample(Duration{}, settings);
  EXPECT_EQ(rto(), settings.min_rto);
}

// What a peer may put an acknowledgement off by comes on top of the path's round trip.
TEST_F(Rtt, SteadyRoundTrips_LeaveTheMinimumBesideThem) {
  for (int i = 0; i < 100; ++i) sample_ms(150);
  EXPECT_EQ(rto(), Duration::milliseconds(150) + settings.min_rto);
}

// 5.5 and 2.5.
TEST_F(Rtt, BackOff_DoublesUpToTheCap) {
  sample_ms(100);
  rtt.back_off();
  EXPECT_EQ(rto(), Duration::milliseconds(600));
  for (int i = 0; i < 100; ++i) rtt.back_off();
  EXPECT_EQ(rto(), settings.max_rto);
}

TEST_F(Rtt, Sample_EndsTheBackOff) {
  rtt.back_off();
  sample_ms(100);
  EXPECT_EQ(rto(), Duration::milliseconds(300));
}

// 5.7.
TEST_F(Rtt, LostSyn_LeavesThreeSeconds) {
  rtt.back_off();
  rtt.forget_handshake();
  EXPECT_EQ(rto(), Duration::seconds(3));
}

TEST_F(Rtt, AbsurdSample_IsBounded) {
  rtt.sample(Duration::seconds(100'000), settings);
  EXPECT_EQ(rto(), settings.max_rto);
}

}  // namespace
}  // namespace sluice::tcp
