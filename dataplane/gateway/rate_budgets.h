// RateBudgets: how much of each rate limit is used up in the current calendar window, exact over all workers.
//
// One per machine, owned by the process and reached through SharedState, so that a reload keeps it. Any worker takes
// from any budget at any time, without locks. What always holds: in one window a budget never gives more than the
// largest limit that it was asked with, whatever the workers' clocks do.
//
// A budget is a slot of a fixed table, one table a kind of window. A slot has two words, each changed by compare and
// swap alone: its owner (window, tag of the identity) and what is used of it (window, count).
//   1. The window of a word only grows. An owner of an earlier window owns nothing any more: the slot is free.
//   2. In one window a slot is claimed once, and an identity claims the first free slot of its probe sequence: all
//      workers that look for it in that window find the same slot. The sequence ends with the slot that all identities
//      of its scope have in common: who finds no other free gets less, never more.
//   3. Who meets a later window than its own on the way is behind, and starts again in that later window. A clock that
//      steps back never opens a window twice.
// An identity is known by its place in the table and by 32 bits more of a keyed hash. Two that cannot be told apart
// share a budget, too.
//
// Whoever may choose identities (a header's values) can use up slots, but only those of one scope: probe sequences of a
// scope go through an eighth of the table's lines, which its secret key scatters. Of another scope that costs each
// sequence one line in eight.
//
// A use that is told afterwards (response-ratelimiting) is counted whole as long as anything is left, so the last one
// of a window may go beyond the limit: what an origin has done cannot be refused.
//
// A limit that machines share (policy: redis) has no tokens of its own: control leases them from the store into the
// ledger beside the table (sluice/rate_lease.h, rate_ledger.cc), which takes the place of the limit here. A use told
// afterwards may go beyond what is leased; control sees that there, and counts it in the store. Its identities have no
// slot in common, as each has a counter of its own in the store.
//
// A counted request costs one compare and swap a window on a word that the workers share.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/siphash.h"
#include "sluice/policy/plugins/rate_limiting.h"
#include "sluice/policy/uuid.h"
#include "sluice/rate_lease.h"
#include "sluice/units.h"

namespace sluice::gateway {

class RateBudgets final : public LeaseLedger {
 public:
  static constexpr size_t kWindowKinds = 6;  // of policy::Window
  static constexpr size_t kDefaultSlots = size_t{1} << 20;

  // hash_key: random and secret, so that clients cannot choose identities that collide. slots: how many identities one
  // kind of window has room for, rounded up to a power of two; each scope for an eighth of it. A slot becomes memory
  // (16 bytes) when it is first used.
  explicit RateBudgets(SipKey hash_key, size_t slots = kDefaultSlots);
  ~RateBudgets();
  RateBudgets(const RateBudgets&) = delete;
  RateBudgets& operator=(const RateBudgets&) = delete;

  // Who is limited: one consumer, address or header value, as one plugin counts it.
  struct Identity {
    uint64_t hash = 0;
    uint64_t scope = 0;  // hash of what its key is for
  };
  // A key for one of several things that a plugin counts for each identity.
  static SipKey key_for(const SipKey& identity_key, std::string_view thing);
  // Whose counters these are: identities of one scope and kind are counted together, also after a reload.
  using Scope = std::array<policy::Uuid, 2>;
  // The key that the identities of a scope are hashed with.
  SipKey identity_key(const Scope& scope, policy::LimitBy kind) const;
  static Identity identify(const SipKey& identity_key, std::string_view who);

  struct Limit {
    policy::Window window{};
    uint32_t start_s = 0;  // when the current window began, seconds since 1970
    uint32_t most = 0;     // tokens of one window
    bool leased = false;   // shared with other machines: only what the ledger holds may be taken
    WallTime now{};        // of a leased limit
  };

  enum class Outcome : uint8_t {
    kTaken,      // one token of every limit
    kExhausted,  // at least one limit has no token left; none was taken
    kUnleased,   // at least one leased limit has none in the ledger, and the store may have some; none was taken
    kTableFull,  // no slot is free where an identity of a leased limit could have one, or there is no table; none was
                 // taken
  };
  struct Taken {
    Outcome outcome = Outcome::kTableFull;
    bool clock_behind = false;                  // a later window than the caller's was already open, and was used
    bool lease_low = false;                     // a lease is nearly used up: time to ask for the next
    bool in_common = false;                     // a budget is the one that identities of the scope have in common
    std::array<uint32_t, kWindowKinds> left{};  // of each limit, in their order; kTableFull: nothing
  };
  // Takes one token of every limit, or of none. REQUIRES: at most one limit of each kind of window.
  Taken take(Identity identity, std::span<const Limit> limits);

  // How much of a limit is left, of a leased one as far as it is known; below zero where the last use went beyond it.
  int64_t left(Identity identity, const Limit& limit) const;

  // Where control is to put the tokens of a leased limit. None: the table is full.
  std::optional<LeasePlace> place_of(Identity identity, const Limit& limit);
  // Whether take() would find a token in the place, or knows that the store has none.
  bool is_known(const LeasePlace& place, WallTime now) const;

  // LeaseLedger
  int64_t unused(const LeasePlace& place) const override;
  void grant(const LeasePlace& place, uint32_t tokens, uint64_t counted) override;
  void refuse(const LeasePlace& place, uint64_t counted, WallTime until) override;
  [[nodiscard]] uint32_t withdraw(const LeasePlace& place) override;

 private:
  struct Slot {
    std::atomic<uint64_t> owner;  // window, tag; 0: never used
    std::atomic<uint64_t> used;   // window, count
  };
  // What control has put beside a slot. Words of an earlier window say nothing.
  struct Lease {
    std::atomic<uint64_t> granted;    // window, tokens leased in it
    std::atomic<uint64_t> refill_at;  // window, count at which to ask for the next lease
    std::atomic<uint64_t> dry;        // window, when to ask again: ticks since its beginning
    std::atomic<int64_t> elsewhere;   // tokens counted in the store beyond `granted`
  };
  // A slot that the identity owns in this window.
  struct Claim {
    Slot* slot = nullptr;
    uint32_t start_s = 0;
    uint32_t added = 0;  // what was counted there
  };

 public:
  // What has been used of one limit, told afterwards.
  struct Use {
    Identity identity;
    Limit limit;
    uint32_t amount = 0;
    bool in_common = false;  // as in Taken

   private:
    friend class RateBudgets;
    Claim claim_;
  };
  // Counts every use, or none. A budget of which anything is left takes a whole use, be it more than is left; one of
  // which nothing is left takes none (kExhausted). A leased one takes it as long as the store is not known to have
  // none.
  Outcome use(std::span<Use> uses);

 private:
  struct Token {
    Outcome outcome;
    Claim claim;
    uint32_t left;
    bool lease_low = false;
  };
  enum class When : uint8_t { kBefore, kAfterwards };  // a use is counted

  // An identity's probe sequence. The common slot is its last, but not for a leased limit.
  size_t probe_length(const Limit& limit) const;
  Slot& probe(Identity identity, policy::Window window, size_t step) const;
  bool is_common(const Slot* slot) const;

  std::optional<Claim> find_or_claim(Identity identity, const Limit& limit, uint32_t start_s);
  Token take_some(Identity identity, const Limit& limit, uint32_t amount, When when);
  Outcome outcome_without(const Limit& limit, const Claim& claim) const;
  static void give_back(const Claim& claim);
  bool is_exhausted(Identity identity, std::span<const Limit> limits);

  size_t own_slots() const;  // of one table
  size_t table_slots() const;
  Slot* slot_at(const LeasePlace& place) const;
  Lease& lease_at(const Slot* slot) const { return leases_[slot - slots_]; }
  uint32_t granted(const Slot* slot, uint32_t start_s) const;
  bool is_dry(const Slot* slot, uint32_t start_s, WallTime now) const;
  // Of `most`, when `used` of it are counted here.
  int64_t left_beside(const Limit& limit, const Slot* slot, uint32_t start_s, uint32_t used) const;

  const SipKey hash_key_;
  const size_t lines_;  // cache lines of one table, without the common slots; a power of two
  Slot* slots_;         // the tables, one behind the other; nullptr: no address space, every take() is refused
  Lease* leases_;       // one beside each slot; nullptr exactly when slots_ is
};

}  // namespace sluice::gateway
