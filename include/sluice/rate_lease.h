// Leases: how a rate limit that several machines share (policy: redis) comes to the workers of one of them.
//
// What is used of such a limit is counted in Redis. Control takes tokens there for the whole machine, a lease, and puts
// them into the ledger, from which workers take them one by one as from any budget (gateway/rate_budgets.h). A worker
// that finds none asks at its desk; control answers by the ledger and wakes who waits. What always holds: the tokens in
// the ledgers of all machines, used or not, are counted in Redis, and that count never passes the limit.
//
// Contract between gateway/, which asks (sluice/question.h), and control/leases, which answers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/log_record.h"
#include "sluice/policy/plugins/counter_policy.h"
#include "sluice/policy/plugins/window_limits.h"
#include "sluice/units.h"
#include "sluice/wait_handle.h"

namespace sluice {

// What a plugin's limits have in common: where they are counted, under which keys.
struct LeaseTerms {
  policy::RedisConfig store;
  std::string owner;  // the plugin's id: others may count under the same keys, but hold leases of their own
  // A key is `prefix` who ":" start of the window in ms ":" `name` window: Kong's own, so that Kongs count along.
  std::string prefix;
  std::string name;               // "video:"; empty for rate-limiting
  Duration keep{};                // how long tokens of a lease may lie unused before they go back
  std::atomic<bool> away{false};  // control: asking is vain until the store is back
};

// A budget of this machine: a place in the ledger, valid as long as the window is open.
struct LeasePlace {
  policy::Window window{};
  uint32_t slot = 0;
  uint32_t start_s = 0;  // when the window began, seconds since 1970
};

struct LeasedLimit {
  LeasePlace place;
  uint32_t most = 0;  // tokens of one window, over all machines
};

// Asks for a token of every limit, and tells control to look at what was used beyond leases.
struct LeaseQuestion {
  static constexpr size_t kMostLimits = 6;
  static constexpr size_t kMostIdentity = 128;

  std::shared_ptr<LeaseTerms> terms;
  LogText<kMostIdentity> who;  // a consumer, an address, …; never truncated
  std::array<LeasedLimit, kMostLimits> limits;
  uint8_t limit_count = 0;
  std::optional<WaitHandle> waiting;  // who is to be woken; none: nobody waits
};

// The budgets of this machine, as control fills them. One control thread; any number of workers take meanwhile.
class LeaseLedger {
 public:
  // Tokens that were leased and not used; below zero: how many were used beyond leases.
  virtual int64_t unused(const LeasePlace& place) const = 0;
  // Adds `tokens` to the place. `counted`: what the store counts of this window now, these tokens included.
  virtual void grant(const LeasePlace& place, uint32_t tokens, uint64_t counted) = 0;
  // The store has no token left: asking is vain until `until`.
  virtual void refuse(const LeasePlace& place, uint64_t counted, WallTime until) = 0;
  // Takes the unused tokens back, and returns how many.
  [[nodiscard]] virtual uint32_t withdraw(const LeasePlace& place) = 0;

 protected:
  ~LeaseLedger() = default;
};

}  // namespace sluice
