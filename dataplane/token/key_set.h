// KeySet: the keys that a token may have been signed with, and which of them to try (RFC 7515 section 4.1.4, 6).
//
// Made on the control side, immutable afterwards, read by all workers. The keys belong to somebody who lives longer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "token/key.h"

namespace sluice::token {

// What a key's `kid` demands of a token.
enum class KidRule : uint8_t {
  kHint,   // a token with another kid may be signed with it all the same: the user chose this name, not the issuer
  kBinds,  // a token that names a kid names this one, or this is not its key (JWK Sets)
};

struct NamedKey {
  std::string kid;  // empty: none
  KidRule rule = KidRule::kHint;
  Key key;
};

class KeySet {
 public:
  // A token that names no kid makes Sluice try keys one after the other: at most this many.
  static constexpr unsigned kMostAttempts = 4;

  void add(const NamedKey& key) { keys_.push_back(&key); }
  bool empty() const { return keys_.empty(); }

  // The first candidate for a token with this header for which `accept(const Key&)` holds, nullptr if none does.
  // Candidates fit the algorithm, and bear the token's kid; where no key bears it, those that are not bound to another.
  template <typename Accept>
  const Key* find(JwsAlgorithm algorithm, std::optional<std::string_view> kid, Accept&& accept) const {
    const bool named = kid && bears(algorithm, *kid);
    unsigned attempts = 0;
    for (const NamedKey* k : keys_) {
      if (!k->key.fits(algorithm)) continue;
      if (named ? k->kid != *kid : kid && k->rule == KidRule::kBinds && !k->kid.empty()) continue;
      if (accept(k->key)) return &k->key;
      if (++attempts == kMostAttempts) return nullptr;
    }
    return nullptr;
  }

 private:
  bool bears(JwsAlgorithm algorithm, std::string_view kid) const {
    for (const NamedKey* k : keys_) {
      if (k->kid == kid && k->key.fits(algorithm)) return true;
    }
    return false;
  }

  std::vector<const NamedKey*> keys_;
};

}  // namespace sluice::token
