#include "net/reassembler.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/ecn.h"

namespace sluice::net {

struct Reassembler::Entry {
  Entry(Reassembler& owner, const FragmentKey& k, Packet&& buffer)
      : reassembler(owner),
        key(k),
        payload(std::move(buffer)),
        timer(
            [](void* self) {
              auto& entry = *static_cast<Entry*>(self);
              entry.reassembler.on_timer(entry);
            },
            this) {
    payload.append(owner.max_bytes_);
  }

  bool poisoned() const { return !payload; }
  bool has_first() const { return present[0]; }
  // Bytes without a gap from the beginning on.
  size_t contiguous() const {
    size_t units = 0;
    while (units < kUnits && present[units]) ++units;
    return std::min<size_t>(units * kUnitBytes, total.value_or(reassembler.max_bytes_));
  }
  void keep_header(std::span<const std::byte> header) {
    std::copy(header.begin(), header.end(), payload.prepend(header.size()).begin());
    payload.trim_front(header.size());
    header_bytes = static_cast<uint8_t>(header.size());
  }
  // The first `bytes` of what came, without the buffer's rest.
  Datagram take(size_t bytes, uint8_t traffic_class_of_it) {
    payload.trim_back(payload.size() - bytes);
    return {key, protocol, traffic_class_of_it, header_bytes, std::move(payload)};
  }

  Reassembler& reassembler;
  FragmentKey key;
  wire::IpProtocol protocol = wire::IpProtocol::kTcp;  // as the first piece says
  uint8_t traffic_class = 0;                           // as the first piece says
  uint8_t header_bytes = 0;                            // of the first piece; in front of the payload
  uint16_t first_bytes = 0;                            // of the first piece's payload
  uint8_t ecn_seen = 0;                                // one bit for each codepoint that a piece carried
  std::optional<uint32_t> total;                       // bytes; known once the last piece is here
  Units present;                                       // units of 8 bytes that have come
  Units starts;                                        // of them, those with which a piece began
  Packet payload;                                      // none: poisoned
  Entry* next_in_bucket = nullptr;
  Entry* older = nullptr;
  Entry* younger = nullptr;
  Timer timer;
};

namespace {

constexpr uint8_t ecn_bit(wire::Ecn codepoint) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(codepoint));
}

// RFC 3168 5.3: a mark on one piece is a mark on the whole, and must not be lost by taking the whole, nor made up where
// a piece says that it cannot be marked.
constexpr bool contradict(uint8_t ecn_seen) {
  constexpr uint8_t kBoth = ecn_bit(wire::Ecn::kCongestion) | ecn_bit(wire::Ecn::kNotCapable);
  return (ecn_seen & kBoth) == kBoth;
}

uint8_t traffic_class_of_whole(uint8_t of_first, uint8_t ecn_seen) {
  const bool marked = (ecn_seen & ecn_bit(wire::Ecn::kCongestion)) != 0;
  return marked ? of_first | static_cast<uint8_t>(wire::Ecn::kCongestion) : of_first;
}

struct UnitRange {
  size_t begin;
  size_t end;
};

template <typename Units>
bool any_of(const Units& units, UnitRange range) {
  for (size_t i = range.begin; i < range.end; ++i) {
    if (units[i]) return true;
  }
  return false;
}

// Whether just this piece has come before, as networks do that duplicate packets.
template <typename Units>
bool is_repetition(const Units& present, const Units& starts, UnitRange range) {
  if (!starts[range.begin] || any_of(starts, {range.begin + 1, range.end})) return false;
  for (size_t i = range.begin; i < range.end; ++i) {
    if (!present[i]) return false;
  }
  return range.end == present.size() || !present[range.end] || starts[range.end];
}

}  // namespace

Reassembler::Reassembler(WorkerContext& context, PacketPool& packets, ReassemblyEvents& events)
    : context_(context),
      packets_(packets),
      events_(events),
      max_bytes_(std::min<size_t>(packets.data_room(), kMostBytes)),
      key_{context.random.next(), context.random.next()},
      entries_(kCapacity) {}

Reassembler::~Reassembler() = default;

std::optional<Datagram> Reassembler::add(const FragmentKey& key, const FragmentPiece& piece) {
  context_.count(Counter::kNetFragments);
  const size_t end = piece.offset + piece.bytes.size();
  if (piece.bytes.empty() || (piece.more && piece.bytes.size() % kUnitBytes != 0)) {
    context_.count(Counter::kNetFragmentMalformed);
    return std::nullopt;
  }
  Entry* entry = find_or_create(key);
  if (entry == nullptr) return std::nullopt;
  const auto refuse = [&](Counter reason) {
    poison(*entry, reason);
    return std::nullopt;
  };
  if (entry->poisoned()) return refuse(Counter::kNetFragmentOverlap);
  if (end > max_bytes_) return refuse(Counter::kNetFragmentTooLong);

  const UnitRange range{piece.offset / kUnitBytes, (end + kUnitBytes - 1) / kUnitBytes};
  const bool same_end = !entry->total || (piece.more ? end < *entry->total : end == *entry->total);
  if (same_end && is_repetition(entry->present, entry->starts, range)) {
    context_.count(Counter::kNetFragmentRepeated);
    return std::nullopt;
  }
  const bool beyond_end =
      !piece.more && any_of(entry->present, {range.end, (max_bytes_ + kUnitBytes - 1) / kUnitBytes});
  if (!same_end || beyond_end || any_of(entry->present, range)) return refuse(Counter::kNetFragmentOverlap);
  entry->ecn_seen |= ecn_bit(wire::ecn_of(piece.traffic_class));
  if (contradict(entry->ecn_seen)) return refuse(Counter::kNetFragmentMalformed);

  std::memcpy(entry->payload.bytes().data() + piece.offset, piece.bytes.data(), piece.bytes.size());
  for (size_t i = range.begin; i < range.end; ++i) entry->present.set(i);
  entry->starts.set(range.begin);
  if (piece.offset == 0) {
    entry->protocol = piece.protocol;
    entry->traffic_class = piece.traffic_class;
    entry->first_bytes = static_cast<uint16_t>(piece.bytes.size());
    entry->keep_header(piece.header);
  }
  if (!piece.more) entry->total = static_cast<uint32_t>(end);
  if (!entry->total || entry->contiguous() < *entry->total) return std::nullopt;

  context_.count(Counter::kNetReassembled);
  Datagram whole = entry->take(*entry->total, traffic_class_of_whole(entry->traffic_class, entry->ecn_seen));
  remove(*entry);
  return whole;
}

// The buffer goes at once; the entry stays, so that later pieces do not begin a datagram of their own.
void Reassembler::poison(Entry& entry, Counter reason) {
  context_.count(reason);
  entry.payload.reset();
}

void Reassembler::on_timer(Entry& entry) {
  if (entry.poisoned()) return remove(entry);
  context_.count(Counter::kNetFragmentTimeout);
  const bool tell = entry.has_first();
  Datagram first = entry.take(entry.first_bytes, entry.traffic_class);
  remove(entry);
  if (tell) events_.on_reassembly_timeout(std::move(first));
}

size_t Reassembler::bucket_of(const FragmentKey& key) const {
  std::byte input[2 + 16 + 16 + 4];
  std::memcpy(input, &key.link.value, 2);
  std::memcpy(input + 2, key.source.bytes().data(), 16);
  std::memcpy(input + 18, key.destination.bytes().data(), 16);
  std::memcpy(input + 34, &key.identification, 4);
  return siphash(key_, input) % kBuckets;
}

Reassembler::Entry* Reassembler::lookup(const FragmentKey& key) const {
  Entry* entry = buckets_[bucket_of(key)];
  while (entry != nullptr && entry->key != key) entry = entry->next_in_bucket;
  return entry;
}

Reassembler::Entry* Reassembler::find_or_create(const FragmentKey& key) {
  if (Entry* entry = lookup(key)) return entry;
  if (entries_.size() == kCapacity) {
    context_.count(Counter::kNetFragmentStoreFull);
    remove(*oldest_);
  }
  Packet buffer = packets_.try_allocate();
  if (!buffer) return nullptr;
  Entry* entry = entries_.try_take(*this, key, std::move(buffer));
  if (entry == nullptr) {
    context_.count(Counter::kNetFragmentStoreFull);
    return nullptr;
  }
  entry->next_in_bucket = std::exchange(buckets_[bucket_of(key)], entry);
  entry->older = youngest_;
  (youngest_ == nullptr ? oldest_ : youngest_->younger) = entry;
  youngest_ = entry;
  context_.timers.schedule(entry->timer, context_.now() + kPatience);
  return entry;
}

void Reassembler::remove(Entry& entry) {
  Entry** link = &buckets_[bucket_of(entry.key)];
  while (*link != &entry) link = &(*link)->next_in_bucket;
  *link = entry.next_in_bucket;
  (entry.older == nullptr ? oldest_ : entry.older->younger) = entry.younger;
  (entry.younger == nullptr ? youngest_ : entry.younger->older) = entry.older;
  entries_.release(&entry);
}

}  // namespace sluice::net
