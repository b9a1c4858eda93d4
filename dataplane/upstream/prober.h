// Prober: the active health checks: asks targets how they are and writes what it learns into the health table.
//
// One per worker; a target is probed by the worker that its slot falls to, so each is asked once an interval, whatever
// the number of workers. When a target was asked last is kept by slot, so that a reload puts nothing off. A probe goes
// out by the worker's own stack on a connection of its own, is over at the head of the answer, and costs requests
// nothing: at most kMostProbes are in progress, the others wait for the next tick.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/arena.h"
#include "base/slab.h"
#include "base/timer_wheel.h"
#include "http/session_context.h"
#include "http/transaction.h"
#include "upstream/balancer.h"
#include "upstream/connection_pool.h"
#include "upstream/upstream.h"

namespace sluice::upstream {

class Prober;

// One question to one target. Lives in the prober's slab until it is answered or given up.
class Probe final : private ConnectEvents, private http::ClientTransactionEvents {
 public:
  Probe(Prober& prober, const Upstream& upstream, const Target& target);
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // False: no memory or no port.
  [[nodiscard]] bool start(const Endpoint& endpoint);
  const Upstream& upstream() const { return upstream_; }
  const Target& target() const { return target_; }

 private:
  // ConnectEvents
  void on_connected(http::ClientTransaction& transaction) override;
  void on_connect_failed(stream::CloseReason reason) override;
  // ClientTransactionEvents
  void on_interim(const http::Response&) override {}
  void on_response(http::Response& response) override;
  void on_response_body() override {}
  void on_request_writable() override {}
  void on_origin_failed(Error reason) override;

  void on_deadline();
  bool send_request();

  Prober& prober_;
  const Upstream& upstream_;
  const Target& target_;
  // At most one of the two is set.
  Connection* connecting_ = nullptr;
  http::ClientTransaction* transaction_ = nullptr;
  Arena arena_;
  Timer deadline_;
};

class Prober {
 public:
  static constexpr uint32_t kMostProbes = 256;
  static constexpr Duration kTick = Duration::milliseconds(50);

  // What the worker lends; all of it outlives the prober. workers: of the machine.
  struct Environment {
    const http::SessionContext& sessions;
    ConnectionPool& pool;
    const Balancer& balancer;
    HealthTable& health;
    unsigned workers = 1;
  };
  explicit Prober(const Environment& environment);

  // From now on the targets of `upstreams` are probed, and no others; nullptr: none. They live until the next call.
  void watch(const UpstreamSet* upstreams);

 private:
  friend class Probe;

  // Of a target, by slot. One of an earlier use of the slot (another generation) counts as none.
  struct Schedule {
    uint32_t generation = 0;
    uint32_t turn = 0;  // of the addresses that the target's name has
    bool in_progress = false;
    std::optional<Instant> last;
  };

  void on_tick();
  void probe_due(const Upstream& upstream);
  bool due(const Upstream& upstream, const Target& target);
  bool has_room(const Upstream& upstream);
  void begin(const Upstream& upstream, const Target& target);
  void finish(Probe& probe, std::optional<Outcome> outcome);
  Schedule& schedule(const Target& target);

  const Environment environment_;
  WorkerContext& worker_;
  const UpstreamSet* upstreams_ = nullptr;
  std::vector<Schedule> schedules_;  // by slot
  Slab<Probe> probes_;
  Timer tick_;
};

}  // namespace sluice::upstream
