// SharedLimits: the limits of one plugin that several machines share (policy: redis): under which keys they are
// counted, and how a request asks for tokens of them.
//
// Made with its plugin, immutable. What control answers stands in the ledger (sluice/rate_lease.h, rate_budgets.h).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "gateway/context.h"
#include "gateway/plugin.h"
#include "gateway/rate_budgets.h"
#include "sluice/rate_lease.h"

namespace sluice::gateway {

class SharedLimits {
 public:
  // How Kong names the counters of a plugin: `kind` route ":" service ":" who ":" window's beginning ":" `name` window.
  struct Keys {
    std::string_view kind;  // "ratelimit:"
    std::string name;       // "video:"; empty: none
  };
  // sync_rate: seconds; Kong's -1 keeps unused tokens only for a moment.
  SharedLimits(const PluginEnvironment& environment, const policy::RedisConfig& store, Keys keys, double sync_rate);

  // Asks for a token of each limit for `who`. `wait`: the request waits for the answer, and its plugin runs again then.
  // False: nobody was asked.
  [[nodiscard]] bool ask(Context& context, RateBudgets::Identity identity, std::string_view who,
                         std::span<const RateBudgets::Limit> limits, bool wait) const;
  // Asking is vain: this request was told so, or others were and nothing has changed since.
  bool is_away(const Context& context) const;

 private:
  RateBudgets& budgets_;
  const std::shared_ptr<LeaseTerms> terms_;
};

// The store cannot be reached: the request passes without a limit, or is an unexpected error.
http::Verdict answer_store_away(Context& context, bool fault_tolerant);

}  // namespace sluice::gateway
