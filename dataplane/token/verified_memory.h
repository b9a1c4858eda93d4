// VerifiedMemory: the tokens whose signature a worker has checked, so that it checks each once.
//
// One a worker, used by the edge and by the gateway's jwt plugin; outlives snapshots. An entry says that this key has
// signed this token, nothing more: whoever finds one must still ask whether it trusts that key now (a reload may have
// taken it away), and check the claims. Fixed in size: kWays slots a set, the least recently used of a set gives way.
//
// Entries are found by a keyed hash of the token's end, which lies in its signature and which nobody can choose, and
// then compared whole in constant time. An unknown token costs a hash and a cache line beside its verification.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/siphash.h"
#include "base/worker_context.h"
#include "token/jws.h"
#include "token/key.h"

namespace sluice::token {

class VerifiedMemory {
 public:
  struct Limits {
    uint32_t tokens = 4096;                      // rounded up to a power of two, at least kWays
    Duration max_age = Duration::seconds(3600);  // an entry is forgotten then, whatever its `exp`
  };
  // Bytes of a slot: a token whose text and claims do not fit is verified each time, and counted.
  static constexpr size_t kSlotBytes = 4096;
  static constexpr unsigned kWays = 4;

  struct Entry {
    Jws jws;  // decoded; its text and claims live in the memory
    Fingerprint key;
    uint8_t dialects;  // bit i: was read as Dialect i
    WallTime expires;
    Instant deadline;
  };

  // Takes address space; memory comes as tokens do.
  VerifiedMemory(const WorkerContext& context, Limits limits);
  ~VerifiedMemory();
  VerifiedMemory(const VerifiedMemory&) = delete;
  VerifiedMemory& operator=(const VerifiedMemory&) = delete;

  // The entry of exactly this token, which has been read in this dialect before; nullptr: unknown, or `exp` or the age
  // has passed. Valid until the next remember().
  const Entry* find(std::string_view token, Dialect dialect);

  // Keeps a copy of a token, read in `dialect`, that verify() has found good with `key`. Returns the entry, or nullptr
  // when the token is too large, has expired or would be as good in other words.
  const Entry* remember(const Jws& jws, Dialect dialect, const Fingerprint& key);

 private:
  // Hot: what every lookup reads. A set's tags share a cache line.
  struct Tag {
    uint64_t hash;  // 0: free, as fresh memory is
    uint32_t last_used;
  };
  using Set = std::array<Tag, kWays>;

  struct Place {
    Tag* tag;
    std::byte* slot;
  };

  uint64_t hash_of(std::string_view token) const;
  Place place(uint64_t hash, unsigned way) const;
  std::optional<Place> lookup(std::string_view token, uint64_t hash) const;
  Place choose_victim(uint64_t hash) const;
  static const Entry& entry_in(const std::byte* slot) { return *reinterpret_cast<const Entry*>(slot); }
  size_t region_bytes() const;

  const WorkerContext& context_;
  const SipKey hash_key_;
  const Duration max_age_;
  uint32_t set_count_;
  uint32_t uses_ = 0;            // counts finds and copies: the age of an entry is the distance to it
  std::byte* region_ = nullptr;  // nullptr: no address space; nothing is remembered
  Set* sets_ = nullptr;
  std::byte* slots_ = nullptr;
};

}  // namespace sluice::token
