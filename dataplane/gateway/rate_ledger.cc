// The ledger of RateBudgets: what control has leased for this machine, beside each budget of a limit that machines
// share.
//
// A lease's words are written by control's thread alone. `granted` only grows in a window, so a worker that read an
// earlier value takes less than it might, never more. Tokens that go back to the store are used up here first.
#include <algorithm>

#include "gateway/rate_budgets.h"
#include "gateway/window_word.h"

namespace sluice::gateway {

namespace {

// In which a year fits into 32 bits.
constexpr Duration kDryTick = Duration::milliseconds(10);

uint32_t ticks_since(uint32_t start_s, WallTime when) {
  const int64_t ticks = (when.ns - int64_t{start_s} * 1'000'000'000) / kDryTick.ns;
  return static_cast<uint32_t>(std::clamp<int64_t>(ticks, 0, UINT32_MAX));
}

}  // namespace

// Nobody's, when the slot is another's by now.
RateBudgets::Slot* RateBudgets::slot_at(const LeasePlace& place) const {
  if (slots_ == nullptr || place.slot >= table_slots()) return nullptr;
  Slot* const slot = slots_ + static_cast<size_t>(place.window) * table_slots() + place.slot;
  return start_of(slot->owner.load(kOrder)) == place.start_s ? slot : nullptr;
}

uint32_t RateBudgets::granted(const Slot* slot, uint32_t start_s) const {
  return low_in(lease_at(slot).granted.load(kOrder), start_s);
}

bool RateBudgets::is_dry(const Slot* slot, uint32_t start_s, WallTime now) const {
  return low_in(lease_at(slot).dry.load(kOrder), start_s) > ticks_since(start_s, now);
}

int64_t RateBudgets::left_beside(const Limit& limit, const Slot* slot, uint32_t start_s, uint32_t used) const {
  const int64_t left = int64_t{limit.most} - used;
  if (!limit.leased || start_of(lease_at(slot).granted.load(kOrder)) != start_s) return left;
  return left - lease_at(slot).elsewhere.load(kOrder);
}

std::optional<LeasePlace> RateBudgets::place_of(Identity identity, const Limit& limit) {
  const auto claim = find_or_claim(identity, limit, limit.start_s);
  if (!claim) return std::nullopt;
  const Slot* const table = slots_ + static_cast<size_t>(limit.window) * table_slots();
  return LeasePlace{limit.window, static_cast<uint32_t>(claim->slot - table), claim->start_s};
}

bool RateBudgets::is_known(const LeasePlace& place, WallTime now) const {
  const Slot* const slot = slot_at(place);
  return slot != nullptr && (unused(place) > 0 || is_dry(slot, place.start_s, now));
}

int64_t RateBudgets::unused(const LeasePlace& place) const {
  const Slot* const slot = slot_at(place);
  if (slot == nullptr) return 0;
  return int64_t{granted(slot, place.start_s)} - low_in(slot->used.load(kOrder), place.start_s);
}

void RateBudgets::grant(const LeasePlace& place, uint32_t tokens, uint64_t counted) {
  const Slot* const slot = slot_at(place);
  if (slot == nullptr) return;
  Lease& lease = lease_at(slot);
  const uint32_t before = granted(slot, place.start_s);
  const uint32_t now = before + std::min(tokens, UINT32_MAX - before);
  lease.elsewhere.store(static_cast<int64_t>(counted) - now, kOrder);
  // A lease of few tokens is asked for as it is needed.
  if (tokens > 0) lease.refill_at.store(tokens < 4 ? 0 : word(place.start_s, now - tokens / 4), kOrder);
  lease.granted.store(word(place.start_s, now), kOrder);
}

void RateBudgets::refuse(const LeasePlace& place, uint64_t counted, WallTime until) {
  const Slot* const slot = slot_at(place);
  if (slot == nullptr) return;
  grant(place, 0, counted);
  lease_at(slot).dry.store(word(place.start_s, ticks_since(place.start_s, until)), kOrder);
}

uint32_t RateBudgets::withdraw(const LeasePlace& place) {
  Slot* const slot = slot_at(place);
  if (slot == nullptr) return 0;
  const uint32_t all = granted(slot, place.start_s);
  uint64_t used = slot->used.load(kOrder);
  while (start_of(used) <= place.start_s) {
    const uint32_t count = low_in(used, place.start_s);
    if (count >= all) return 0;
    if (slot->used.compare_exchange_weak(used, word(place.start_s, all), kOrder)) return all - count;
  }
  return 0;
}

}  // namespace sluice::gateway
