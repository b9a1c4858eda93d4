// World: one worker's whole exchange server between clients and an origin in memory: no NIC, no TCP, no kernel.
//
// Made by main.cc, one a row of a table. Time is the TSC's, as in the process; the date stands still, so that what was
// signed for a row stays good.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/response_store.h"
#include "exchange/server.h"
#include "gateway/introspections.h"
#include "gateway/rate_budgets.h"
#include "gateway/shared_state.h"
#include "http/h1_server.h"
#include "micro/wire.h"
#include "sluice/introspection.h"
#include "sluice/result.h"
#include "support/question_desk.h"
#include "token/verified_memory.h"
#include "worker/tsc_clock.h"

namespace sluice::micro {

inline constexpr unsigned kConnections = 32;

// A row: what is served, and what is asked of it.
struct Row {
  std::string title;
  std::string policy;                 // YAML; empty: bytes are relayed unread, which is what clients and origin cost
  std::vector<std::string> requests;  // asked in turn
  std::string_view answer = "HTTP/1.1 200";
};

class World {
 public:
  // The error: why the row cannot be measured.
  static Result<std::unique_ptr<World>, std::string> make(const Row& row, const worker::TscClock& tsc);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // A request on each connection, `rounds` times; returns the cycles of it. What records they leave is drained outside
  // of that.
  uint64_t serve(unsigned rounds);
  // What has gone wrong so far; empty: nothing.
  const std::string& failure() const { return failure_; }

 private:
  // Joins two streams and looks at nothing.
  class Relay;
  struct Link {
    Link(World& world, std::string_view answer);
    test::MemoryStreamPair pair;
    Client client;
  };

  World(const Row& row, const worker::TscClock& tsc);
  std::string compile(const std::string& policy);
  void accept();
  void turn();
  void ask_all();
  void answer_questions();
  void drain();
  Instant now() const;
  static Instant read_clock(const void* self) { return static_cast<const World*>(self)->now(); }

  const Row& row_;
  const worker::TscClock& tsc_;
  test::TestWorker worker_{1, 2048};
  Origin origin_;
  policy::Limits limits_{.requests_per_connection = 0};  // no end
  http::SessionContext sessions_{worker_.context, *worker_.packets, worker_.nodes, limits_};
  upstream::HealthTable health_{64};
  AddressBook book_;
  token::VerifiedMemory tokens_{worker_.context, {}};
  gateway::RateBudgets budgets_{{1, 2}};
  cache::ResponseStore responses_{size_t{8} << 20, 1};
  gateway::Introspections introspections_{size_t{1} << 20};
  gateway::SharedState shared_{&budgets_, &responses_, &introspections_};
  test::RecordingDesk<IntrospectionQuestion> introspection_desk_;
  std::unique_ptr<const exchange::Snapshot> snapshot_;
  exchange::Server server_;
  gateway::TrustedProxies trusted_;
  exchange::ListenerHandler handler_{server_, trusted_};
  http::H1Server h1_{sessions_, handler_};
  std::vector<std::unique_ptr<Relay>> relays_;
  std::deque<Link> links_;
  size_t next_request_ = 0;
  std::string failure_;
};

}  // namespace sluice::micro
