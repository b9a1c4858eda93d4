// Whose counters a rate limiting plugin counts in.
#pragma once

#include "gateway/plugin.h"
#include "gateway/rate_budgets.h"
#include "sluice/policy/plugins/counter_policy.h"

namespace sluice::gateway {

// As with Kong, all plugins of one route and one service (or of none) count together: one for a consumer and one for
// all, say, where both count by address. What is leased from a store is the plugin's own; there the store joins them.
inline RateBudgets::Scope limit_scope(const PluginEnvironment& environment, policy::CounterPolicy policy) {
  if (policy == policy::CounterPolicy::kRedis) return {environment.plugin.id};
  const auto id = [&](const auto& reference) { return reference ? environment.policy[*reference].id : policy::Uuid(); };
  return {id(environment.plugin.route), id(environment.plugin.service)};
}

}  // namespace sluice::gateway
