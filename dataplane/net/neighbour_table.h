// NeighbourTable: the link addresses of the hosts on our links, and the packets that wait for one.
//
// Owned by a worker's Stack. Bounded in neighbours, in packets a neighbour and in packets altogether, because whoever
// is on a link can make us ask for every address of its prefix. When full, the neighbour that was not used for longest
// goes. The same on every worker; only whom it asks differs (the link on worker 0, worker 0 elsewhere). The same for
// IPv4 (RFC 826, 1122 2.3.2.1) and IPv6, whose states are those of RFC 4861 7.3.2.
//
// Invariant: an entry is asking (no link address, packets may wait) or has a link address (no packet waits).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/siphash.h"
#include "base/slab.h"
#include "base/worker_context.h"
#include "net/neighbour_sync.h"
#include "net/token_bucket.h"
#include "packet/packet.h"

namespace sluice::net {

class NeighbourEvents {
 public:
  // Ask for the neighbour's link address. known: where it was last, nullptr when it is to be found.
  virtual void ask(const NeighbourKey& neighbour, const wire::MacAddress* known) = 0;
  // A packet that waited can go.
  virtual void on_resolved(const NeighbourKey& neighbour, const wire::MacAddress& mac, Packet packet) = 0;
  // Nobody answered for a packet that waited. Called from a timer only.
  virtual void on_unresolved(Packet packet) = 0;
  // The neighbour answered no question and is not known any longer. Called from a timer only.
  virtual void on_silent(const NeighbourKey& neighbour) = 0;

 protected:
  ~NeighbourEvents() = default;
};

class NeighbourTable {
 public:
  static constexpr uint32_t kCapacity = 1024;
  static constexpr unsigned kMaxHeldEach = 8;
  static constexpr unsigned kMaxHeld = 512;
  static constexpr unsigned kMaxAsks = 3;
  // Neighbours that begin to be asked for within a second, after a burst of as many: each costs everybody on its link a
  // frame, and whoever forges source addresses there makes us ask for all of them. Those who ask for us need no asking.
  static constexpr unsigned kNewNeighboursPerSecond = 256;
  // At most one question a second for an address (RFC 1122 2.3.2.1).
  static constexpr Duration kAskInterval = Duration::seconds(1);
  static constexpr Duration kReachableTime = Duration::seconds(60);
  // How long a neighbour that was only heard of is used before it is asked (RFC 4861 10, DELAY_FIRST_PROBE_TIME).
  static constexpr Duration kDelayBeforeProbe = Duration::seconds(5);

  NeighbourTable(WorkerContext& context, NeighbourEvents& events);
  ~NeighbourTable();
  NeighbourTable(const NeighbourTable&) = delete;
  NeighbourTable& operator=(const NeighbourTable&) = delete;

  // The link address, or nullptr when it is not known. Counts as use.
  const wire::MacAddress* find(const NeighbourKey& neighbour);

  // Keeps `packet` until the neighbour is known, and asks if nobody does yet. Beyond a bound the oldest packet for the
  // neighbour makes room (RFC 1122 2.3.2.2, RFC 4861 7.2.2); what is dropped is counted. REQUIRES: find() said nullptr.
  void hold(const NeighbourKey& neighbour, Packet packet);

  // Asks for a neighbour that another worker waits for, if nobody does yet. REQUIRES: find() said nullptr.
  void resolve(const NeighbourKey& neighbour) { find_or_ask(neighbour); }

  enum class Unknown : uint8_t { kIgnore, kLearn };
  // The network says where the neighbour is. Packets that waited go out. unknown: what to do with a neighbour that is
  // not in the table. True when something was learned: a new neighbour or a new link address.
  bool confirm(const NeighbourKey& neighbour, const wire::MacAddress& mac, Unknown unknown);
  // The neighbour itself says where it is, but not that it hears us: usable, and checked once it has been used. A
  // neighbour that was known at this address stays as it was. Arguments and result as of confirm().
  bool hear(const NeighbourKey& neighbour, const wire::MacAddress& mac, Unknown unknown);
  // Somebody says that the neighbour may be elsewhere: it is checked once it is used.
  void doubt(const NeighbourKey& neighbour);

  // The link address, or nullptr when it is not known. Does not count as use.
  const wire::MacAddress* known(const NeighbourKey& neighbour) const;

  uint32_t size() const { return entries_.size(); }
  unsigned held() const { return held_; }

 private:
  struct Entry;
  enum class State : uint8_t {
    kAsking,     // no link address yet
    kReachable,  // was heard of less than kReachableTime ago
    kStale,      // said where it is, was not used since
    kDelay,      // was used since, is checked soon
    kProbing,    // used while its last address is checked (RFC 1122 2.3.2.1, unicast poll)
  };

  uint32_t bucket_of(const NeighbourKey& neighbour) const;
  Entry* lookup(const NeighbourKey& neighbour) const;
  Entry* find_or_ask(const NeighbourKey& neighbour);
  Entry* create(const NeighbourKey& neighbour);
  Entry* find_or_create(const NeighbourKey& neighbour, Unknown unknown);
  bool settle(Entry& entry, const wire::MacAddress& mac, State state);
  void evict_one();
  void remove(Entry& entry);
  void on_timer(Entry& entry);
  void ask(Entry& entry, State state);
  void fail(Entry& entry);
  void push_youngest(Entry& entry);
  void unlink_age(Entry& entry);

  WorkerContext& context_;
  NeighbourEvents& events_;
  const SipKey key_;
  Slab<Entry> entries_;
  std::vector<Entry*> buckets_;
  Entry* oldest_ = nullptr;  // in the order of creation or of the last second chance
  Entry* youngest_ = nullptr;
  unsigned held_ = 0;
  TokenBucket new_neighbours_{kNewNeighboursPerSecond};
};

}  // namespace sluice::net
