// CredentialTable<T>: credentials by the text that the client presents. Built once, then read only.
//
// Open addressing at most half full, hashed with SipHash under a secret key. Texts are compared in constant time, and
// only with an entry whose whole 64-bit hash is equal, so the time of a lookup says nothing about a stored credential.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/siphash.h"
#include "sluice/policy/secret.h"

namespace sluice::gateway {

template <typename T>
class CredentialTable {
 public:
  explicit CredentialTable(SipKey hash_key) : hash_key_(hash_key) {}

  // Adds a credential under `text`. REQUIRES: `text` is not in the table yet.
  void add(std::string_view text, T credential) {
    entries_.push_back({hash(text), policy::Secret(std::string(text)), std::move(credential)});
    if (entries_.size() * 2 > slots_.size()) grow();
    place(static_cast<uint32_t>(entries_.size()));
  }

  // The credential added under this text, or nullptr.
  const T* find(std::string_view text) const {
    if (slots_.empty()) return nullptr;
    const uint64_t wanted = hash(text);
    for (size_t i = wanted & mask(); slots_[i] != kEmpty; i = (i + 1) & mask()) {
      const Entry& entry = entries_[slots_[i] - 1];
      if (entry.hash == wanted && entry.text.equals(text)) return &entry.credential;
    }
    return nullptr;
  }

  size_t size() const { return entries_.size(); }

 private:
  static constexpr uint32_t kEmpty = 0;  // a slot holds the place of its entry plus one

  struct Entry {
    uint64_t hash;
    policy::Secret text;
    T credential;
  };

  uint64_t hash(std::string_view text) const { return siphash(hash_key_, std::as_bytes(std::span(text))); }
  size_t mask() const { return slots_.size() - 1; }

  void place(uint32_t number) {
    size_t i = entries_[number - 1].hash & mask();
    while (slots_[i] != kEmpty) i = (i + 1) & mask();
    slots_[i] = number;
  }

  void grow() {
    slots_.assign(std::bit_ceil(entries_.size() * 4), kEmpty);
    for (uint32_t number = 1; number < entries_.size(); ++number) place(number);
  }

  SipKey hash_key_;
  std::deque<Entry> entries_;  // a deque: credentials do not move while the table grows
  std::vector<uint32_t> slots_;
};

}  // namespace sluice::gateway
