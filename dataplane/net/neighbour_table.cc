#include "net/neighbour_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::net {

struct NeighbourTable::Entry {
  using Held = std::array<Packet, kMaxHeldEach>;

  Entry(NeighbourTable& t, const NeighbourKey& k)
      : table(t), key(k), timer([](void* self) { on_timer(*static_cast<Entry*>(self)); }, this) {}
  static void on_timer(Entry& entry) { entry.table.on_timer(entry); }

  NeighbourTable& table;
  NeighbourKey key;
  State state = State::kAsking;
  bool used = true;  // since the link address was last confirmed, or since its last second chance
  uint8_t asks = 0;
  uint8_t held_count = 0;
  wire::MacAddress mac;
  Entry* next_in_bucket = nullptr;
  Entry* older = nullptr;
  Entry* younger = nullptr;
  Timer timer;
  Held held;
};

namespace {

constexpr uint32_t kBuckets = NeighbourTable::kCapacity * 2;

}  // namespace

NeighbourTable::NeighbourTable(WorkerContext& context, NeighbourEvents& events)
    : context_(context),
      events_(events),
      key_{context.random.next(), context.random.next()},
      entries_(kCapacity),
      buckets_(kBuckets) {}

NeighbourTable::~NeighbourTable() = default;

const wire::MacAddress* NeighbourTable::find(const NeighbourKey& neighbour) {
  Entry* entry = lookup(neighbour);
  if (entry == nullptr) return nullptr;
  entry->used = true;
  if (entry->state == State::kStale) {
    entry->state = State::kDelay;
    context_.timers.schedule(entry->timer, context_.now() + kDelayBeforeProbe);
  }
  return entry->state == State::kAsking ? nullptr : &entry->mac;
}

const wire::MacAddress* NeighbourTable::known(const NeighbourKey& neighbour) const {
  const Entry* entry = lookup(neighbour);
  return entry == nullptr || entry->state == State::kAsking ? nullptr : &entry->mac;
}

void NeighbourTable::hold(const NeighbourKey& neighbour, Packet packet) {
  Entry* entry = find_or_ask(neighbour);
  if (entry == nullptr) return;
  auto& held = entry->held;
  if (entry->held_count == kMaxHeldEach || held_ == kMaxHeld) {
    context_.count(Counter::kNetNeighbourQueueFull);
    if (entry->held_count == 0) return;
    std::move(held.begin() + 1, held.begin() + entry->held_count, held.begin());
    held[entry->held_count - 1] = std::move(packet);
    return;
  }
  held[entry->held_count++] = std::move(packet);
  ++held_;
}

bool NeighbourTable::confirm(const NeighbourKey& neighbour, const wire::MacAddress& mac, Unknown unknown) {
  Entry* entry = find_or_create(neighbour, unknown);
  return entry != nullptr && settle(*entry, mac, State::kReachable);
}

bool NeighbourTable::hear(const NeighbourKey& neighbour, const wire::MacAddress& mac, Unknown unknown) {
  if (const wire::MacAddress* last = known(neighbour); last != nullptr && *last == mac) return false;
  Entry* entry = find_or_create(neighbour, unknown);
  return entry != nullptr && settle(*entry, mac, State::kStale);
}

void NeighbourTable::doubt(const NeighbourKey& neighbour) {
  Entry* entry = lookup(neighbour);
  if (entry != nullptr && entry->state == State::kReachable) entry->state = State::kStale;
}

NeighbourTable::Entry* NeighbourTable::find_or_create(const NeighbourKey& neighbour, Unknown unknown) {
  Entry* entry = lookup(neighbour);
  return entry != nullptr || unknown == Unknown::kIgnore ? entry : create(neighbour);
}

bool NeighbourTable::settle(Entry& entry, const wire::MacAddress& mac, State state) {
  const bool learned = entry.state == State::kAsking || entry.mac != mac;
  const bool used = entry.held_count > 0;
  entry.state = used && state == State::kStale ? State::kDelay : state;
  entry.mac = mac;
  entry.asks = 0;
  entry.used = used;
  const Duration lasts = entry.state == State::kDelay ? kDelayBeforeProbe : kReachableTime;
  context_.timers.schedule(entry.timer, context_.now() + lasts);

  // Sending may come back here, so the entry is left in order before the first packet goes.
  const NeighbourKey neighbour = entry.key;
  Entry::Held waiting = std::move(entry.held);
  const unsigned count = std::exchange(entry.held_count, uint8_t{0});
  held_ -= count;
  for (unsigned i = 0; i < count; ++i) events_.on_resolved(neighbour, mac, std::move(waiting[i]));
  return learned;
}

void NeighbourTable::on_timer(Entry& entry) {
  switch (entry.state) {
    case State::kAsking:
      return entry.asks < kMaxAsks ? ask(entry, State::kAsking) : fail(entry);
    case State::kStale:
      return remove(entry);
    case State::kReachable:
      if (!entry.used) return remove(entry);
      [[fallthrough]];
    case State::kDelay:
      entry.asks = 0;
      return ask(entry, State::kProbing);
    case State::kProbing:
      return entry.asks < kMaxAsks ? ask(entry, State::kProbing) : fail(entry);
  }
}

void NeighbourTable::ask(Entry& entry, State state) {
  entry.state = state;
  ++entry.asks;
  context_.timers.schedule(entry.timer, context_.now() + kAskInterval);
  events_.ask(entry.key, state == State::kProbing ? &entry.mac : nullptr);
}

void NeighbourTable::fail(Entry& entry) {
  const NeighbourKey neighbour = entry.key;
  Entry::Held waiting = std::move(entry.held);
  const unsigned count = std::exchange(entry.held_count, uint8_t{0});
  held_ -= count;
  remove(entry);
  events_.on_silent(neighbour);
  context_.count(Counter::kNetNeighbourUnresolved, count);
  for (unsigned i = 0; i < count; ++i) events_.on_unresolved(std::move(waiting[i]));
}

uint32_t NeighbourTable::bucket_of(const NeighbourKey& neighbour) const {
  std::byte input[sizeof neighbour.link.value + 16];
  std::memcpy(input, &neighbour.link.value, sizeof neighbour.link.value);
  std::memcpy(input + sizeof neighbour.link.value, neighbour.address.bytes().data(), 16);
  return static_cast<uint32_t>(siphash(key_, input) % kBuckets);
}

NeighbourTable::Entry* NeighbourTable::lookup(const NeighbourKey& neighbour) const {
  Entry* entry = buckets_[bucket_of(neighbour)];
  while (entry != nullptr && entry->key != neighbour) entry = entry->next_in_bucket;
  return entry;
}

NeighbourTable::Entry* NeighbourTable::find_or_ask(const NeighbourKey& neighbour) {
  Entry* entry = lookup(neighbour);
  if (entry != nullptr) return entry;
  if (!new_neighbours_.try_take(context_.now())) {
    context_.count(Counter::kNetNeighbourAskLimit);
    return nullptr;
  }
  entry = create(neighbour);
  if (entry != nullptr) ask(*entry, State::kAsking);
  return entry;
}

NeighbourTable::Entry* NeighbourTable::create(const NeighbourKey& neighbour) {
  if (entries_.size() == kCapacity) evict_one();
  Entry* entry = entries_.try_take(*this, neighbour);
  if (entry == nullptr) {
    context_.count(Counter::kNetNeighbourTableFull);
    return nullptr;
  }
  Entry*& head = buckets_[bucket_of(neighbour)];
  entry->next_in_bucket = std::exchange(head, entry);
  push_youngest(*entry);
  return entry;
}

// Second chance: a neighbour in use goes to the young end once before it goes altogether.
void NeighbourTable::evict_one() {
  while (oldest_->used && oldest_->state != State::kAsking) {
    Entry& spared = *oldest_;
    spared.used = false;
    unlink_age(spared);
    push_youngest(spared);
  }
  context_.count(Counter::kNetNeighbourEvicted);
  remove(*oldest_);
}

void NeighbourTable::remove(Entry& entry) {
  if (entry.held_count > 0) context_.count(Counter::kNetNeighbourQueueFull, entry.held_count);
  held_ -= entry.held_count;
  Entry** link = &buckets_[bucket_of(entry.key)];
  while (*link != &entry) link = &(*link)->next_in_bucket;
  *link = entry.next_in_bucket;
  unlink_age(entry);
  entries_.release(&entry);
}

void NeighbourTable::push_youngest(Entry& entry) {
  entry.older = youngest_;
  entry.younger = nullptr;
  (youngest_ == nullptr ? oldest_ : youngest_->younger) = &entry;
  youngest_ = &entry;
}

void NeighbourTable::unlink_age(Entry& entry) {
  (entry.older == nullptr ? oldest_ : entry.older->younger) = entry.younger;
  (entry.younger == nullptr ? youngest_ : entry.younger->older) = entry.older;
}

}  // namespace sluice::net
