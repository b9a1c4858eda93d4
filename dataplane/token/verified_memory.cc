#include "token/verified_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "token/constant_time.h"

namespace sluice::token {
namespace {

// The end of a token lies in its signature: 24 bytes of it.
constexpr size_t kHashedBytes = 32;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

uint8_t bit_of(Dialect dialect) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(dialect));
}

// Kong's reading of base64 ends at the first '=': behind it anybody can write what he likes, and the token is as good.
bool has_more_than_one_text(const Jws& jws) {
  return jws.token().find('=', jws.signing_input().size()) != std::string_view::npos;
}

// When the token itself says that it ends; far away without `exp` (or with one that is no number: not ours to judge).
WallTime expiry_of(const Jws& jws) {
  constexpr double kMaxSeconds = INT64_MAX / 1'000'000'000;
  const auto exp = jws.claims().find("exp");
  const auto seconds = exp ? exp->number() : std::nullopt;
  if (!seconds || *seconds >= kMaxSeconds) return {INT64_MAX};
  return {*seconds <= 0 ? 0 : static_cast<int64_t>(*seconds * 1e9)};
}

}  // namespace

VerifiedMemory::VerifiedMemory(const WorkerContext& context, Limits limits)
    : context_(context),
      hash_key_{context.random.next(), context.random.next()},
      max_age_(limits.max_age),
      set_count_(std::bit_ceil(std::max(limits.tokens, kWays)) / kWays) {
  void* room =
      mmap(nullptr, region_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return;
  // Tokens are credentials: they stay out of core dumps.
  madvise(room, region_bytes(), MADV_DONTDUMP);
  region_ = static_cast<std::byte*>(room);
  slots_ = region_;
  sets_ = reinterpret_cast<Set*>(region_ + kSlotBytes * kWays * set_count_);
}

VerifiedMemory::~VerifiedMemory() {
  if (region_ != nullptr) munmap(region_, region_bytes());
}

size_t VerifiedMemory::region_bytes() const {
  return size_t{set_count_} * (kSlotBytes * kWays + sizeof(Set));
}

const VerifiedMemory::Entry* VerifiedMemory::find(std::string_view token, Dialect dialect) {
  if (region_ == nullptr) return nullptr;
  const auto found = lookup(token, hash_of(token));
  if (!found) {
    context_.count(Counter::kTokenMemoryMisses);
    return nullptr;
  }
  const Entry& entry = entry_in(found->slot);
  const bool expired = entry.deadline <= context_.now() || entry.expires <= context_.clock.wall_now();
  if (expired) found->tag->hash = 0;
  if (expired || (entry.dialects & bit_of(dialect)) == 0) {
    context_.count(Counter::kTokenMemoryMisses);
    return nullptr;
  }
  found->tag->last_used = ++uses_;
  context_.count(Counter::kTokenMemoryHits);
  return &entry;
}

const VerifiedMemory::Entry* VerifiedMemory::remember(const Jws& jws, Dialect dialect, const Fingerprint& key) {
  if (has_more_than_one_text(jws)) return nullptr;
  const WallTime expires = expiry_of(jws);
  if (region_ == nullptr || expires <= context_.clock.wall_now()) return nullptr;
  if (jws.copy_size() > kSlotBytes - sizeof(Entry)) {
    context_.count(Counter::kTokenMemoryTooLarge);
    return nullptr;
  }
  const uint64_t hash = hash_of(jws.token());
  const auto known = lookup(jws.token(), hash);
  const Place place = known ? *known : choose_victim(hash);
  if (!known && place.tag->hash != 0) context_.count(Counter::kTokenMemoryEvictions);

  // Dialects differ in what they refuse, not in what they read: one copy serves both.
  const bool same_key = known && entry_in(place.slot).key == key;
  const uint8_t dialects = bit_of(dialect) | (same_key ? entry_in(place.slot).dialects : 0);

  const std::span<std::byte> room(place.slot + sizeof(Entry), kSlotBytes - sizeof(Entry));
  *place.tag = {hash, ++uses_};
  return new (place.slot) Entry{jws.copy_to(room), key, dialects, expires, context_.now() + max_age_};
}

uint64_t VerifiedMemory::hash_of(std::string_view token) const {
  const std::string_view end = token.substr(token.size() - std::min(token.size(), kHashedBytes));
  return std::max<uint64_t>(siphash(hash_key_, bytes_of(end)), 1);
}

VerifiedMemory::Place VerifiedMemory::place(uint64_t hash, unsigned way) const {
  const size_t set = hash & (set_count_ - 1);
  return {&sets_[set][way], slots_ + (set * kWays + way) * kSlotBytes};
}

std::optional<VerifiedMemory::Place> VerifiedMemory::lookup(std::string_view token, uint64_t hash) const {
  for (unsigned way = 0; way < kWays; ++way) {
    const Place p = place(hash, way);
    if (p.tag->hash != hash) continue;
    if (equal_constant_time(bytes_of(entry_in(p.slot).jws.token()), bytes_of(token))) return p;
  }
  return std::nullopt;
}

// A free slot of the set, or the one whose last use is longest ago.
VerifiedMemory::Place VerifiedMemory::choose_victim(uint64_t hash) const {
  Place victim = place(hash, 0);
  for (unsigned way = 0; way < kWays; ++way) {
    const Place p = place(hash, way);
    if (p.tag->hash == 0) return p;
    if (uses_ - p.tag->last_used > uses_ - victim.tag->last_used) victim = p;
  }
  return victim;
}

}  // namespace sluice::token
