// LeaseKeeper: answers what the workers ask about rate limits that machines share: finds the store that a question
// names, and the accounts of that store.
//
// Owned by control's main, on the event loop. A store is made when the first question names it, and dropped when none
// has for a minute. Names of stores are resolved like those of origins, over the kernel's network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "leases/lease_accounts.h"
#include "leases/redis_store.h"
#include "loop/event_loop.h"
#include "resolve/resolver.h"
#include "sluice/question.h"
#include "sluice/rate_lease.h"

namespace sluice::control {

// How a store is doing.
struct LeaseStoreStatus {
  std::string store;  // "host:port/database"
  RedisStore::State state{};
  std::string last_error;  // empty: none so far
  LeaseTotals totals;
};

class LeaseKeeper {
 public:
  // dns_servers, dns_timeout: as Resolver. The ledger and the workers outlive the keeper.
  LeaseKeeper(EventLoop& loop, const std::vector<IpAddress>& dns_servers, Duration dns_timeout, LeaseLedger& ledger,
              std::vector<QuestionSource<LeaseQuestion>*> workers);
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  std::vector<LeaseStoreStatus> status() const;

 private:
  struct Store {
    Store(EventLoop& loop, const policy::RedisConfig& config, LeaseLedger& ledger, const LeaseAccounts::Wake& wake);

    RedisStore redis;
    LeaseAccounts accounts;
    Instant asked_at{};
  };

  void ask(const LeaseQuestion& question);
  Store& store_of(const policy::RedisConfig& config);
  void resolve();
  void set_addresses(const AddressBook& book);
  void poll();

  EventLoop& loop_;
  LeaseLedger& ledger_;
  const std::vector<QuestionSource<LeaseQuestion>*> workers_;  // by WorkerId
  Resolver resolver_;
  std::vector<std::unique_ptr<Store>> stores_;
  std::vector<std::unique_ptr<EventLoop::Watch>> watches_;
};

}  // namespace sluice::control
