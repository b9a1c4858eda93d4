#include "http/source_table.h"

#include <array>
#include <bit>
#include <new>
#include <utility>

namespace sluice::http {

namespace {

// IPv4 as it is; of IPv6 the first 64 bits.
IpAddress source_of(const IpAddress& address) {
  if (address.is_v4()) return address;
  std::array<uint8_t, 16> prefix = address.bytes();
  for (size_t i = 8; i < prefix.size(); ++i) prefix[i] = 0;
  return IpAddress::v6(prefix);
}

}  // namespace

SourceTable::SourceTable(uint32_t most_connections, uint32_t limit, Random& random)
    : key_{random.next(), random.next()}, limit_(limit) {
  if (limit_ == 0) return;
  // Half full at most. Fresh pages of the system are zero and become memory when they are first used.
  const size_t capacity = std::bit_ceil(size_t{2} * most_connections);
  entries_.reset(static_cast<Entry*>(std::calloc(capacity, sizeof(Entry))));
  if (entries_ == nullptr) std::abort();
  mask_ = capacity - 1;
}

bool SourceTable::try_add(const IpAddress& address) {
  if (limit_ == 0) return true;
  const IpAddress source = source_of(address);
  Entry& entry = entries_[find(source)];
  if (entry.connections >= limit_) return false;
  entry.source = source;
  ++entry.connections;
  return true;
}

void SourceTable::remove(const IpAddress& address) {
  if (limit_ == 0) return;
  size_t hole = find(source_of(address));
  if (--entries_[hole].connections > 0) return;
  // Linear probing without tombstones: whatever can no longer be reached across the hole moves into it.
  for (size_t at = (hole + 1) & mask_; entries_[at].connections > 0; at = (at + 1) & mask_) {
    const size_t distance = (at - home_of(entries_[at].source)) & mask_;
    if (distance < ((at - hole) & mask_)) continue;
    entries_[hole] = std::exchange(entries_[at], Entry{});
    hole = at;
  }
}

size_t SourceTable::home_of(const IpAddress& source) const {
  return siphash(key_, std::as_bytes(std::span(source.bytes()))) & mask_;
}

size_t SourceTable::find(const IpAddress& source) const {
  size_t at = home_of(source);
  while (entries_[at].connections > 0 && entries_[at].source != source) at = (at + 1) & mask_;
  return at;
}

}  // namespace sluice::http
