// LeaseAccounts: who holds which tokens of one store, and how many tokens to lease for whom.
//
// Owned by the LeaseKeeper, on the event loop. An account is one identity of one plugin. Each has at most one question
// at the store; who comes meanwhile waits for the next, so those that wait together are served by one. How much is
// leased:
//   1. what the waiting requests need, whatever is left;
//   2. beyond that, twice as much as the last time as long as leases are used up before they are given back, and at
//      most a 32nd of what is left: the less is left, the smaller the leases, down to one token at a time.
// Tokens that nobody has taken for LeaseTerms::keep go back to the store, where other machines find them; an account
// whose windows are all over is forgotten. Clients choose identities, and as many as they like: there are kMost
// accounts at most, and who has none then is woken in vain, as if the store were away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "leases/counter_store.h"
#include "sluice/rate_lease.h"
#include "sluice/units.h"

namespace sluice::control {

struct LeaseTotals {
  uint64_t asked = 0;        // questions to the store
  uint64_t leased = 0;       // tokens
  uint64_t returned = 0;     // of them, those that came back unused
  uint64_t failed = 0;       // questions that the store did not answer
  uint64_t turned_away = 0;  // questions for which there was no account
};

class LeaseAccounts {
 public:
  static constexpr size_t kMost = 65536;
  // Accounts that one poll() looks at: each comes in its turn, so that many delay a tick no more than some.
  static constexpr size_t kLooks = 1024;

  using Wake = std::function<void(const WaitHandle& waiting, Woken how)>;

  // Both outlive the accounts.
  LeaseAccounts(CounterStore& store, LeaseLedger& ledger, Wake wake)
      : store_(store), ledger_(ledger), wake_(std::move(wake)) {}
  LeaseAccounts(const LeaseAccounts&) = delete;
  LeaseAccounts& operator=(const LeaseAccounts&) = delete;

  // The time from here on.
  void set_time(Instant now, WallTime wall_now);
  void ask(const LeaseQuestion& question);
  // Gives back what lies unused, and forgets accounts that nobody needs any more; of kLooks accounts.
  void poll();
  // The store works again: asking is no longer vain.
  void store_is_back();

  bool empty() const { return accounts_.empty(); }
  const LeaseTotals& totals() const { return totals_; }

 private:
  struct Account {
    std::shared_ptr<LeaseTerms> terms;
    std::string who;
    std::vector<LeasedLimit> limits;
    std::vector<WaitHandle> waiting;  // for the next answer
    bool asking = false;
    uint32_t ahead = 0;         // tokens to lease beyond what is needed
    Instant leased_at{};        // the last lease
    std::vector<int64_t> seen;  // unused tokens, when they last changed
    Instant seen_at{};
  };
  struct Question {
    std::vector<LeasedLimit> limits;
    std::vector<StoreCounter> counters;
    std::vector<WaitHandle> waiting;
  };

  void send(Account& account);
  Question make_question(const Account& account) const;
  StoreCounter counter_of(const Account& account, const LeasedLimit& limit) const;
  void on_answer(Account& account, const Question& question, const std::vector<StoreAnswer>& answers);
  void book(const Question& question, const std::vector<StoreAnswer>& answers);
  void fail(Account& account, const Question& question);
  void wake_all(const std::vector<WaitHandle>& waiting, Woken how) const;
  bool is_over(const Account& account) const;
  bool lies_unused(Account& account) const;
  void give_back(const Account& account);

  CounterStore& store_;
  LeaseLedger& ledger_;
  const Wake wake_;
  Instant now_{};
  WallTime wall_now_{};
  std::unordered_map<std::string, Account> accounts_;  // by their plugin and the beginning of their keys
  std::deque<const std::string*> turns_;               // keys of all accounts: the next to look at is the first
  std::vector<std::shared_ptr<LeaseTerms>> away_;      // those that were told so
  LeaseTotals totals_;
};

}  // namespace sluice::control
