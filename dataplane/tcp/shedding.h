// Shedding: whom a worker lets go when its packets run out. First those who come (SYNs are not answered), and text
// ahead of a gap; then the connections that keep packets and make no use of them: those that stand still, then the
// slowest.
//
// Owned by the Stack; works from a timer while packets are scarce, a bounded number of connections at a time. Who gives
// back within two seconds what he holds is never reset, so connections that are fine go on.
#pragma once

#include <cstdint>
#include <vector>

#include "base/slab.h"
#include "tcp/environment.h"

namespace sluice::tcp {

class Shedding {
 public:
  explicit Shedding(Environment& env);
  ~Shedding() { env_.relief = nullptr; }
  Shedding(const Shedding&) = delete;
  Shedding& operator=(const Shedding&) = delete;

 private:
  // What a connection held, and how far it was, when it was looked at.
  struct Sample {
    SlabHandle connection;
    uint32_t queued_bytes = 0;
    uint32_t unread_bytes = 0;
    uint32_t acknowledged = 0;  // SND.UNA
    uint32_t read = 0;          // the number up to which the user has read
    Instant at{};
  };
  static constexpr uint32_t kMostSamples = 4096;

  static Sample sample_of(const Environment& env, const Connection& c);
  static uint32_t turned_over_permille(const Sample& before, const Sample& now);

  void on_timer();
  void begin_round();
  void look();
  void judge();
  void judge_one(const Sample& before, Connection& c);
  bool enough_will_come_back();
  void shed(Connection& c);
  bool round_over() const { return looked_at_all_ && judged_ == samples_.size(); }

  Environment& env_;
  Timer timer_;
  uint32_t hand_ = 0;  // the slot of the connection that is looked at next
  bool looked_at_all_ = true;
  bool found_some_ = false;         // in this round: one without samples takes no time and gives nobody his chance
  uint32_t critical_rounds_ = 0;    // in a row, of those that found some
  uint32_t too_slow_permille_ = 0;  // who turned over no more than that of what he held is shed
  size_t judged_ = 0;
  uint32_t coming_back_ = 0;     // packets that the user lets go of when he is told, at the end of this poll
  std::vector<Sample> samples_;  // of this round, in the order of time
};

}  // namespace sluice::tcp
