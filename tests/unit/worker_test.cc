// The parts of a worker that stand without EAL: clock, idling, the rings between workers.
#include <gtest/gtest.h>
#include <unistd.h>

#include "sluice/introspection.h"
#include "support/test_worker.h"
#include "worker/fabric.h"
#include "worker/idle.h"
#include "worker/question_line.h"
#include "worker/tcp_settings.h"
#include "worker/tsc_clock.h"

namespace sluice::worker {
namespace {

TEST(TscClock, Calibrated_AgreesWithTheKernelOverAWhile) {
  const TscClock clock = TscClock::calibrate();
  const WallTime wall_began = read_wall_clock();
  const Instant began = clock.at(TscClock::cycles());
  while (read_wall_clock().ns - wall_began.ns < 20'000'000) {
  }
  const double wall = static_cast<double>(read_wall_clock().ns - wall_began.ns);
  const double ours = static_cast<double>((clock.at(TscClock::cycles()) - began).ns);
  EXPECT_NEAR(ours / wall, 1.0, 0.05);
}

TEST(TscClock, LaterCycles_NeverGoBack) {
  const TscClock clock = TscClock::calibrate();
  Instant last{};
  for (int i = 0; i < 1000; ++i) {
    const Instant now = clock.at(TscClock::cycles());
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(Idle, Sleep_EndsBeforeTheNextTimerAndWithinTheLimit) {
  policy::WorkersConfig config;
  config.max_sleep = Duration::microseconds(50);
  const Idle idle(config);
  const Instant now{1'000'000};
  EXPECT_EQ(idle.longest_sleep(now, Instant::never()), Duration::microseconds(50));
  EXPECT_EQ(idle.longest_sleep(now, now + Duration::seconds(1)), Duration::microseconds(50));
  EXPECT_EQ(idle.longest_sleep(now, now + Duration::microseconds(10)), Duration::microseconds(10));
  EXPECT_EQ(idle.longest_sleep(now, now - Duration::microseconds(10)), Duration{});
}

// Every key of node.yaml's `tcp` does something.
TEST(TcpSettings, SayWhatNodeYamlSays) {
  policy::Node node;
  node.limits.connections = 10;
  node.tcp = {.time_wait = Duration::seconds(1),
              .min_rto = Duration::milliseconds(2),
              .max_rto = Duration::seconds(3),
              .initial_rto = Duration::seconds(2),
              .syn_retries = 4,
              .user_timeout = Duration::seconds(5),
              .receive_buffer_bytes = 6000,
              .send_buffer_bytes = 7000,
              .timestamps = false,
              .window_scale = false,
              .first_ephemeral_port = Port{8000},
              .last_ephemeral_port = Port{9000}};
  node.listeners = {{.backlog = 100}, {.backlog = 7}};
  const tcp::Settings s = tcp_settings(node);
  EXPECT_GT(s.max_connections, 10u);
  EXPECT_EQ(s.time_wait, Duration::seconds(1));
  EXPECT_EQ(s.min_rto, Duration::milliseconds(2));
  EXPECT_EQ(s.max_rto, Duration::seconds(3));
  EXPECT_EQ(s.initial_rto, Duration::seconds(2));
  EXPECT_EQ(s.syn_retries, 4);
  EXPECT_EQ(s.syn_ack_retries, 4);
  EXPECT_EQ(s.user_timeout, Duration::seconds(5));
  EXPECT_EQ(s.receive_buffer_bytes, 6000u);
  EXPECT_EQ(s.send_buffer_bytes, 7000u);
  EXPECT_FALSE(s.timestamps);
  EXPECT_FALSE(s.window_scale);
  EXPECT_EQ(s.first_source_port, Port{8000});
  EXPECT_EQ(s.last_source_port, Port{9000});
  EXPECT_EQ(s.max_half_open, 107u);
}

TEST(Fabric, Lane_CarriesFromOneToTheOther) {
  const FlowOwners owners(2);
  Fabric fabric(owners);
  ASSERT_TRUE(fabric.lane(WorkerId{0}, WorkerId{1}).received.try_push({PortIndex{3}, Packet()}));
  SteeredFrame frame;
  EXPECT_FALSE(fabric.lane(WorkerId{1}, WorkerId{0}).received.try_pop(frame));
  ASSERT_TRUE(fabric.lane(WorkerId{0}, WorkerId{1}).received.try_pop(frame));
  EXPECT_EQ(frame.port, PortIndex{3});
}

TEST(QuestionLine, Question_RingsAndIsTakenByTheOtherSide) {
  test::TestWorker worker;
  QuestionLine<IntrospectionQuestion> line(
      worker.context, 2, {Counter::kGatewayIntrospectionsAsked, Counter::kGatewayIntrospectionsUnasked});
  uint64_t rung = 0;
  EXPECT_LT(read(line.descriptor(), &rung, sizeof rung), 0) << "nobody has asked";
  IntrospectionQuestion asked;
  asked.terms = std::make_shared<IntrospectionTerms>();
  asked.key.words[3] = 7;
  asked.set("token", "GET", "/path");
  EXPECT_TRUE(line.ask(asked));
  EXPECT_TRUE(line.ask(asked));
  EXPECT_FALSE(line.ask(asked));
  EXPECT_EQ(worker.counted(Counter::kGatewayIntrospectionsAsked), 2u);
  EXPECT_EQ(worker.counted(Counter::kGatewayIntrospectionsUnasked), 1u);

  EXPECT_EQ(read(line.descriptor(), &rung, sizeof rung), 8);
  IntrospectionQuestion taken;
  ASSERT_TRUE(line.try_take(taken));
  EXPECT_EQ(taken.terms, asked.terms);
  EXPECT_EQ(taken.key, asked.key);
  EXPECT_EQ(taken.token(), "token");
  EXPECT_EQ(taken.method(), "GET");
  EXPECT_EQ(taken.path(), "/path");
  EXPECT_TRUE(line.ask(asked)) << "there is room again";
}

}  // namespace
}  // namespace sluice::worker
