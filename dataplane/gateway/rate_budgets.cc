#include "gateway/rate_budgets.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "gateway/window_word.h"

namespace sluice::gateway {

namespace {

constexpr size_t kLineSlots = 4;  // in a cache line
// A probe sequence is this many lines. Lines that are three quarters full still have a free slot in nearly every
// sequence.
constexpr size_t kProbeLines = 8;
constexpr size_t kProbeLength = kProbeLines * kLineSlots;
// A scope has a slot in common with one in so many others.
constexpr size_t kCommonSlots = 1024;
// What one scope may use of the table, and no less than one sequence.
constexpr size_t kShares = 8;

// The finalizer of MurmurHash3 (Appleby): spreads keys that are secret already.
constexpr uint64_t scatter(uint64_t key) {
  key = (key ^ key >> 33) * 0xff51afd7ed558ccd;
  key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53;
  return key ^ key >> 33;
}

// What stands in the owner's word of a slot that is the identity's.
constexpr uint32_t tag_of(RateBudgets::Identity identity, size_t step) {
  return step == kProbeLength ? 0 : static_cast<uint32_t>(identity.hash >> 32);
}

}  // namespace

RateBudgets::RateBudgets(SipKey hash_key, size_t slots)
    : hash_key_(hash_key), lines_(std::bit_ceil(std::clamp<size_t>(slots / kLineSlots, kProbeLines, size_t{1} << 29))) {
  // Zeroed pages, which the kernel gives when they are touched: a table costs what is used of it.
  void* room = mmap(nullptr, kWindowKinds * table_slots() * (sizeof(Slot) + sizeof(Lease)), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  slots_ = room == MAP_FAILED ? nullptr : static_cast<Slot*>(room);
  leases_ = slots_ == nullptr ? nullptr : reinterpret_cast<Lease*>(slots_ + kWindowKinds * table_slots());
}

RateBudgets::~RateBudgets() {
  if (slots_ != nullptr) munmap(slots_, kWindowKinds * table_slots() * (sizeof(Slot) + sizeof(Lease)));
}

size_t RateBudgets::own_slots() const {
  return lines_ * kLineSlots;
}

size_t RateBudgets::table_slots() const {
  return own_slots() + kCommonSlots;
}

SipKey RateBudgets::identity_key(const Scope& scope, policy::LimitBy kind) const {
  std::array<uint8_t, 34> input{};
  for (size_t i = 0; i < scope.size(); ++i) std::ranges::copy(scope[i].bytes(), input.begin() + 16 * i);
  input[32] = static_cast<uint8_t>(kind);
  const uint64_t k0 = siphash(hash_key_, std::as_bytes(std::span(input)));
  input[33] = 1;
  return {k0, siphash(hash_key_, std::as_bytes(std::span(input)))};
}

SipKey RateBudgets::key_for(const SipKey& identity_key, std::string_view thing) {
  const uint64_t k0 = siphash(identity_key, std::as_bytes(std::span(thing)));
  return {k0, siphash({k0, identity_key.k1}, std::as_bytes(std::span(thing)))};
}

RateBudgets::Identity RateBudgets::identify(const SipKey& identity_key, std::string_view who) {
  return {siphash(identity_key, std::as_bytes(std::span(who))), identity_key.k0};
}

size_t RateBudgets::probe_length(const Limit& limit) const {
  if (slots_ == nullptr) return 0;
  return limit.leased ? kProbeLength : kProbeLength + 1;
}

RateBudgets::Slot& RateBudgets::probe(Identity identity, policy::Window window, size_t step) const {
  Slot* const table = slots_ + static_cast<size_t>(window) * table_slots();
  if (step == kProbeLength) return table[own_slots() + identity.scope % kCommonSlots];
  const size_t share = std::max(lines_ / kShares, kProbeLines);
  const size_t place = (identity.hash + step / kLineSlots) % share;
  const size_t line = scatter(identity.scope + place) % lines_;
  return table[line * kLineSlots + step % kLineSlots];
}

bool RateBudgets::is_common(const Slot* slot) const {
  return slot != nullptr && static_cast<size_t>(slot - slots_) % table_slots() >= own_slots();
}

std::optional<RateBudgets::Claim> RateBudgets::find_or_claim(Identity identity, const Limit& limit, uint32_t start_s) {
  const size_t length = probe_length(limit);
  for (size_t step = 0; step < length;) {
    Slot& slot = probe(identity, limit.window, step);
    const uint64_t own = word(start_s, tag_of(identity, step));
    uint64_t owner = slot.owner.load(kOrder);
    if (start_of(owner) < start_s && slot.owner.compare_exchange_strong(owner, own, kOrder)) {
      return Claim{&slot, start_s, 0};
    }
    if (start_of(owner) > start_s) {
      start_s = start_of(owner);
      step = 0;
    } else if (owner == own) {
      return Claim{&slot, start_s, 0};
    } else if (start_of(owner) == start_s) {
      ++step;
    }
    // Else another worker claimed it for a window that has passed as well: look again.
  }
  return std::nullopt;
}

// Why a limit of which every token is taken gives none.
RateBudgets::Outcome RateBudgets::outcome_without(const Limit& limit, const Claim& claim) const {
  return !limit.leased || is_dry(claim.slot, claim.start_s, limit.now) ? Outcome::kExhausted : Outcome::kUnleased;
}

RateBudgets::Token RateBudgets::take_some(Identity identity, const Limit& limit, uint32_t amount, When when) {
  uint32_t start_s = limit.start_s;
  while (true) {
    std::optional<Claim> claim = find_or_claim(identity, limit, start_s);
    if (!claim) return {Outcome::kTableFull, {}, 0};
    start_s = claim->start_s;
    const uint32_t most = limit.leased ? granted(claim->slot, start_s) : limit.most;
    uint64_t used = claim->slot->used.load(kOrder);
    while (start_of(used) <= start_s) {
      const uint32_t count = low_in(used, start_s);
      if (count >= most) {
        const Outcome outcome = outcome_without(limit, *claim);
        if (outcome == Outcome::kExhausted || when == When::kBefore) return {outcome, *claim, 0};
      }
      claim->added = std::min(amount, UINT32_MAX - count);
      const uint64_t now_used = word(start_s, count + claim->added);
      if (claim->slot->used.compare_exchange_weak(used, now_used, kOrder)) {
        const int64_t left = left_beside(limit, claim->slot, start_s, count + claim->added);
        return {Outcome::kTaken, *claim, static_cast<uint32_t>(std::max<int64_t>(0, left)),
                limit.leased && lease_at(claim->slot).refill_at.load(kOrder) == now_used};
      }
    }
    // The slot was claimed again since, for a later window.
    start_s = start_of(used);
  }
}

void RateBudgets::give_back(const Claim& claim) {
  uint64_t used = claim.slot->used.load(kOrder);
  while (start_of(used) == claim.start_s && !claim.slot->used.compare_exchange_weak(used, used - claim.added, kOrder)) {
  }
}

// Without claiming a slot.
int64_t RateBudgets::left(Identity identity, const Limit& limit) const {
  uint32_t start_s = limit.start_s;
  const size_t length = probe_length(limit);
  for (size_t step = 0; step < length;) {
    const Slot& slot = probe(identity, limit.window, step);
    const uint64_t owner = slot.owner.load(kOrder);
    if (start_of(owner) < start_s) break;
    if (start_of(owner) > start_s) {
      start_s = start_of(owner);
      step = 0;
      continue;
    }
    if (owner == word(start_s, tag_of(identity, step))) {
      return left_beside(limit, &slot, start_s, low_in(slot.used.load(kOrder), start_s));
    }
    ++step;
  }
  return limit.most;
}

// Whether one of the limits gives no token, whatever the others do.
bool RateBudgets::is_exhausted(Identity identity, std::span<const Limit> limits) {
  return std::ranges::any_of(limits, [&](const Limit& limit) {
    const Token token = take_some(identity, limit, 1, When::kBefore);
    if (token.outcome == Outcome::kTaken) give_back(token.claim);
    return token.outcome == Outcome::kExhausted;
  });
}

RateBudgets::Taken RateBudgets::take(Identity identity, std::span<const Limit> limits) {
  Taken taken;
  std::array<Claim, kWindowKinds> claims;
  for (size_t i = 0; i < limits.size(); ++i) {
    const Token token = take_some(identity, limits[i], 1, When::kBefore);
    taken.outcome = token.outcome;
    taken.clock_behind |= token.claim.start_s > limits[i].start_s;
    taken.in_common |= is_common(token.claim.slot);
    if (token.outcome != Outcome::kTaken) {
      for (size_t j = 0; j < i; ++j) give_back(claims[j]);
      if (token.outcome == Outcome::kUnleased && is_exhausted(identity, limits.subspan(i + 1))) {
        taken.outcome = Outcome::kExhausted;
      }
      if (token.outcome == Outcome::kTableFull) return {.clock_behind = taken.clock_behind};
      for (size_t j = 0; j < limits.size(); ++j) {
        taken.left[j] = static_cast<uint32_t>(std::max<int64_t>(0, left(identity, limits[j])));
      }
      return taken;
    }
    claims[i] = token.claim;
    taken.lease_low |= token.lease_low;
    taken.left[i] = token.left;
  }
  return taken;
}

RateBudgets::Outcome RateBudgets::use(std::span<Use> uses) {
  for (size_t i = 0; i < uses.size(); ++i) {
    const Token token = take_some(uses[i].identity, uses[i].limit, uses[i].amount, When::kAfterwards);
    uses[i].claim_ = token.claim;
    uses[i].in_common = is_common(token.claim.slot);
    if (token.outcome == Outcome::kTaken) continue;
    for (const Use& counted : uses.first(i)) give_back(counted.claim_);
    return token.outcome;
  }
  return Outcome::kTaken;
}

}  // namespace sluice::gateway
