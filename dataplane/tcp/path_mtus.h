// PathMtus: the largest packets that go through to destinations where the first link says too much, as ICMP or silence
// taught it.
//
// Owned by the Environment; what one connection learns all others to the same destination follow. Bounded, and
// forgotten after ten minutes, for paths change (RFC 1191 6.3, RFC 8201 5.3): then larger packets try their luck again.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/siphash.h"
#include "base/worker_context.h"
#include "sluice/ip_address.h"
#include "sluice/units.h"

namespace sluice::tcp {

class PathMtus {
 public:
  static constexpr Duration kLife = Duration::seconds(600);
  static constexpr uint32_t kSets = 256;
  static constexpr uint32_t kWays = 4;  // destinations that share a place

  // key: secret, so that nobody can choose destinations that push out one another.
  PathMtus(WorkerContext& context, const SipKey& key);

  struct Learnt {
    uint16_t mtu = 0;  // bytes of an IP packet
    Instant until{};
  };
  // Nothing when nothing is known, or no longer.
  std::optional<Learnt> find(const IpAddress& remote) const;
  // Replaces what was known; the oldest of its set makes room.
  void learn(const IpAddress& remote, uint16_t mtu);

  // Another number after each change: who remembers it knows whether to look again.
  uint32_t version() const { return version_; }

 private:
  struct Entry {
    IpAddress remote;
    Learnt learnt;
  };

  // The first entry of the set in which `remote` has its place.
  uint32_t set_of(const IpAddress& remote) const;
  Entry& place_for(const IpAddress& remote);

  WorkerContext& context_;
  const SipKey key_;
  uint32_t version_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace sluice::tcp
