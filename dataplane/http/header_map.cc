#include "http/header_map.h"

#include <algorithm>
#include <cstring>

namespace sluice::http {

namespace {

constexpr uint64_t kOnes = 0x0101010101010101u;
constexpr uint64_t kHighBits = 0x80 * kOnes;
constexpr uint32_t kFirstCapacity = 24;

// Eight bytes at once: A..Z become a..z, all others stay (bytes above 0x7f too).
uint64_t to_lower(uint64_t word) {
  const uint64_t low_bits = word & ~kHighBits;
  const uint64_t from_a = low_bits + (0x80 - 'A') * kOnes;
  const uint64_t beyond_z = low_bits + (0x7f - 'Z') * kOnes;
  const uint64_t upper = (from_a ^ beyond_z) & ~word & kHighBits;
  return word | upper >> 2;
}

template <typename Word>
bool equal_words(const char* a, const char* b) {
  Word x, y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return x == y || to_lower(x) == to_lower(y);
}

bool equal_byte(char a, char b) {
  return to_lower(static_cast<uint8_t>(a)) == to_lower(static_cast<uint8_t>(b));
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
  const size_t n = a.size();
  if (n != b.size()) return false;
  if (n >= 8) {
    for (size_t i = 0; i + 8 <= n; i += 8) {
      if (!equal_words<uint64_t>(a.data() + i, b.data() + i)) return false;
    }
    // The last word overlaps the one before it.
    return equal_words<uint64_t>(a.data() + n - 8, b.data() + n - 8);
  }
  if (n >= 4) {
    return equal_words<uint32_t>(a.data(), b.data()) && equal_words<uint32_t>(a.data() + n - 4, b.data() + n - 4);
  }
  for (size_t i = 0; i < n; ++i) {
    if (!equal_byte(a[i], b[i])) return false;
  }
  return true;
}

std::optional<std::string_view> HeaderMap::find(std::string_view name) const {
  for (const Header& header : all()) {
    if (iequals(header.name, name)) return header.value;
  }
  return std::nullopt;
}

size_t HeaderMap::count(std::string_view name) const {
  return static_cast<size_t>(
      std::ranges::count_if(all(), [name](const Header& header) { return iequals(header.name, name); }));
}

bool HeaderMap::add(std::string_view name, std::string_view value) {
  if (size_ == capacity_ && !grow()) return false;
  headers_[size_++] = {name, value};
  return true;
}

bool HeaderMap::add_copy(std::string_view name, std::string_view value) {
  const std::string_view own_name = arena_->try_copy(name);
  const std::string_view own_value = arena_->try_copy(value);
  return own_name.data() != nullptr && own_value.data() != nullptr && add(own_name, own_value);
}

bool HeaderMap::set(std::string_view name, std::string_view value) {
  for (Header& header : all()) {
    if (!iequals(header.name, name)) continue;
    const Header* kept = &header;
    header = {name, value};
    remove_if([&](const Header& other) { return &other > kept && iequals(other.name, name); });
    return true;
  }
  return add(name, value);
}

bool HeaderMap::set_copy(std::string_view name, std::string_view value) {
  const std::string_view own_name = arena_->try_copy(name);
  const std::string_view own_value = arena_->try_copy(value);
  return own_name.data() != nullptr && own_value.data() != nullptr && set(own_name, own_value);
}

size_t HeaderMap::remove(std::string_view name) {
  return remove_if([name](const Header& header) { return iequals(header.name, name); });
}

// The old array stays in the arena until the exchange ends: at most as much again as the new one.
bool HeaderMap::grow() {
  const uint32_t capacity = capacity_ == 0 ? kFirstCapacity : capacity_ * 2;
  const std::span<Header> room = arena_->try_array<Header>(capacity);
  if (room.empty()) return false;
  std::copy_n(headers_, size_, room.data());
  headers_ = room.data();
  capacity_ = capacity;
  return true;
}

}  // namespace sluice::http
