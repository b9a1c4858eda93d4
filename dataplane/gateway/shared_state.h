// SharedState: what the gateway stage remembers beyond a request and beyond a policy, per machine.
//
// Owned by the process, handed to each compiled snapshot, so that a reload keeps it. Everything in it is keyed by
// entity ids and safe to use from all workers at once.
#pragma once

namespace sluice::cache {
class ResponseStore;  // cache/response_store.h
}

namespace sluice::gateway {

class Introspections;  // gateway/introspections.h
class RateBudgets;     // gateway/rate_budgets.h

struct SharedState {
  // nullptr only where no policy has a plugin that needs it (tests).
  RateBudgets* rate_budgets = nullptr;
  cache::ResponseStore* responses = nullptr;
  Introspections* introspections = nullptr;
};

}  // namespace sluice::gateway
