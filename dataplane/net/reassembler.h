// Reassembler: puts IP fragments together (RFC 791, RFC 8200 4.5), in a store with hard bounds.
//
// Owned by a worker's Stack; steering brings all fragments to one worker. A datagram is put together in one packet
// buffer into which each piece is copied at once: however the pieces are cut, a datagram never costs more than one
// buffer, and one that does not fit into it is refused. Pieces that overlap poison their datagram (RFC 5722): what else
// comes of it is dropped until its time is over. When the store is full, the oldest datagram goes.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>

#include "base/siphash.h"
#include "base/slab.h"
#include "base/worker_context.h"
#include "net/link_index.h"
#include "packet/packet_pool.h"
#include "sluice/ip_address.h"
#include "wire/ipv4.h"

namespace sluice::net {

// What the pieces of one datagram have in common. `protocol`: as RFC 791 3.2 asks; IPv6 has none in the key.
struct FragmentKey {
  LinkIndex link;
  IpAddress source;
  IpAddress destination;
  uint32_t identification = 0;
  wire::IpProtocol protocol = wire::IpProtocol::kFragment;
  bool operator==(const FragmentKey&) const = default;
};

struct FragmentPiece {
  uint16_t offset = 0;  // bytes, a multiple of 8
  bool more = false;
  uint8_t traffic_class = 0;
  wire::IpProtocol protocol =
      wire::IpProtocol::kTcp;         // what the payload is; of IPv6 only the first piece says it truly
  std::span<const std::byte> header;  // what stood before it, from its IP header on; at most PacketPool::kHeadroom
  std::span<const std::byte> bytes;
};

struct Datagram {
  FragmentKey key;
  wire::IpProtocol protocol;
  uint8_t traffic_class;
  uint8_t header_bytes;  // the first piece's header, as it came: it stands in the headroom, right before the payload
  Packet payload;

  // Puts the first piece's header before the payload again.
  void restore_header() { payload.prepend(header_bytes); }
};

class ReassemblyEvents {
 public:
  // The time of a datagram was over before all of it had come. first: the piece that begins it.
  virtual void on_reassembly_timeout(Datagram first) = 0;

 protected:
  ~ReassemblyEvents() = default;
};

class Reassembler {
 public:
  static constexpr uint32_t kCapacity = 128;                         // datagrams, so as many packets
  static constexpr uint32_t kMostBytes = PacketPool::kMostDataRoom;  // of a datagram's payload, where packets have room
  static constexpr Duration kPatience = Duration::seconds(60);       // RFC 8200 4.5, RFC 1122 3.3.2

  Reassembler(WorkerContext& context, PacketPool& packets, ReassemblyEvents& events);
  ~Reassembler();
  Reassembler(const Reassembler&) = delete;
  Reassembler& operator=(const Reassembler&) = delete;

  // Takes a piece; the whole datagram once nothing of it is missing, its payload in one packet with all headroom. What
  // cannot be used is dropped and counted.
  std::optional<Datagram> add(const FragmentKey& key, const FragmentPiece& piece);

  uint32_t size() const { return entries_.size(); }

 private:
  static constexpr size_t kUnitBytes = 8;
  static constexpr size_t kUnits = kMostBytes / kUnitBytes;
  static constexpr size_t kBuckets = 256;
  using Units = std::bitset<kUnits>;
  struct Entry;

  Entry* find_or_create(const FragmentKey& key);
  Entry* lookup(const FragmentKey& key) const;
  size_t bucket_of(const FragmentKey& key) const;
  void poison(Entry& entry, Counter reason);
  void on_timer(Entry& entry);
  void remove(Entry& entry);

  WorkerContext& context_;
  PacketPool& packets_;
  ReassemblyEvents& events_;
  const size_t max_bytes_;  // of a datagram's payload: what a packet has room for
  const SipKey key_;
  Slab<Entry> entries_;
  std::array<Entry*, kBuckets> buckets_{};
  Entry* oldest_ = nullptr;
  Entry* youngest_ = nullptr;
};

}  // namespace sluice::net
