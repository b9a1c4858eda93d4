#include "tcp/shedding.h"

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/segment_out.h"

namespace sluice::tcp {

namespace {

constexpr Duration kTick = Duration::milliseconds(10);
constexpr Duration kProbation = Duration::seconds(2);  // a loss and a timeout or two are no reason
constexpr uint32_t kSlotsATick = 1024;
constexpr unsigned kShedATick = 64;
// At first only those who stand still are shed; from round to round more is asked of those who hold something.
constexpr uint32_t kStep = 250;
constexpr uint32_t kAll = 1000;

}  // namespace

Shedding::Shedding(Environment& env)
    : env_(env), timer_([](void* self) { static_cast<Shedding*>(self)->on_timer(); }, this) {
  samples_.reserve(kMostSamples);
  env_.relief = &timer_;
}

Shedding::Sample Shedding::sample_of(const Environment& env, const Connection& c) {
  const Tcb& t = c.tcb();
  return {.connection = env.connections.handle(&c),
          .queued_bytes = static_cast<uint32_t>(t.sender.queued_bytes()),
          .unread_bytes = t.receiver.unread_bytes(),
          .acknowledged = t.sender.snd_una().raw(),
          .read = t.receiver.rcv_nxt().raw() - t.receiver.unread_bytes(),
          .at = env.now()};
}

// Of what the connection held in the direction that went worse; kAll: all of it has gone.
uint32_t Shedding::turned_over_permille(const Sample& before, const Sample& now) {
  const auto share = [](uint32_t moved, uint32_t held) {
    return moved >= held ? kAll : static_cast<uint32_t>(uint64_t{moved} * kAll / held);
  };
  return std::min(share(now.acknowledged - before.acknowledged, before.queued_bytes),
                  share(now.read - before.read, before.unread_bytes));
}

void Shedding::on_timer() {
  if (!env_.packets_scarce()) {
    samples_.clear();
    judged_ = 0;
    looked_at_all_ = true;
    critical_rounds_ = 0;
    return;
  }
  judge();
  if (round_over()) begin_round();
  look();
  env_.context.timers.schedule(timer_, env_.now() + kTick);
}

void Shedding::begin_round() {
  if (!env_.packets_critical()) {
    critical_rounds_ = 0;
  } else if (critical_rounds_ == 0 || found_some_) {
    ++critical_rounds_;
  }
  too_slow_permille_ = critical_rounds_ == 0 ? 0 : std::min((critical_rounds_ - 1) * kStep, kAll - 1);
  samples_.clear();
  judged_ = 0;
  hand_ = 0;
  looked_at_all_ = false;
  found_some_ = false;
}

void Shedding::look() {
  if (looked_at_all_ || samples_.size() + kSlotsATick > kMostSamples) return;
  hand_ = env_.connections.for_some(hand_, kSlotsATick, [&](Connection& c) {
    const Sample sample = sample_of(env_, c);
    const bool holds = sample.queued_bytes > 0 || sample.unread_bytes > 0 || c.tcb().receiver.has_gap();
    if (holds && c.state() != State::kClosed) samples_.push_back(sample);
  });
  looked_at_all_ = hand_ == 0;
  found_some_ |= !samples_.empty();
}

// Those who were looked at long enough ago. When the room for samples is used up, the round goes on behind them.
void Shedding::judge() {
  coming_back_ = 0;
  for (unsigned n = 0; n < kShedATick && judged_ < samples_.size(); ++judged_) {
    const Sample& before = samples_[judged_];
    if (env_.now() - before.at < kProbation) return;
    Connection* c = env_.connections.find(before.connection);
    if (c == nullptr || c->state() == State::kClosed) continue;
    judge_one(before, *c);
    if (c->state() == State::kClosed) ++n;
  }
  if (judged_ == samples_.size() && !looked_at_all_) {
    samples_.clear();
    judged_ = 0;
  }
}

void Shedding::judge_one(const Sample& before, Connection& c) {
  const Sample now = sample_of(env_, c);
  if (c.tcb().receiver.has_gap() && now.read == before.read) c.tcb().receiver.forget_out_of_order(env_.out_of_order);
  if (turned_over_permille(before, now) <= too_slow_permille_ && !enough_will_come_back()) shed(c);
}

bool Shedding::enough_will_come_back() {
  return env_.packets_missing() <= coming_back_;
}

// The buffers first: the reset needs one.
void Shedding::shed(Connection& c) {
  env_.count(Counter::kTcpConnectionsShed);
  coming_back_ += c.tcb().receiver.unread_bytes() / env_.packets.data_room();
  const bool connecting = c.state() == State::kSynSent;
  c.end(CloseReason::kAborted);
  if (!connecting) send_reset(c);
}

}  // namespace sluice::tcp
