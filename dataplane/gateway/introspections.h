// Introspections: what authorization servers said of tokens (RFC 7662), remembered for the requests that bring them.
//
// One per machine, owned by the process and reached through SharedState, so that a reload keeps it. Control writes, any
// worker reads (cache/response_store.h). Fixed in size, the oldest answers give way. What always holds:
//   1. No token is in it: an answer is found by a keyed digest of terms and token (sluice/introspection.h).
//   2. An answer is not remembered beyond its `exp` (RFC 7662 section 4), nor beyond the terms' ttl, nor when the clock
//      has stepped back.
//   3. What is said of inactive tokens has a memory of its own: whoever sends tokens that nobody has issued drives out
//      nothing that is said of good ones. One key never has answers in both.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "cache/response_store.h"
#include "sluice/introspection.h"
#include "sluice/units.h"

namespace sluice::gateway {

// An answer, in the arena of who asked.
struct Introspection {
  bool active = false;
  // Of an active token, in the order of the terms' claims: texts that may stand in a header; data() == nullptr: the
  // claim is absent, or is none.
  std::span<const std::string_view> claims;
};

class Introspections final : public IntrospectionBook {
 public:
  // bytes: for all answers together.
  explicit Introspections(size_t bytes);

  // Which answers will do.
  enum class Age : uint8_t {
    kFresh,
    kJustCome,  // the last one, however short it is good for: who has waited for it may use it
  };
  // Nothing: not known, or the arena has no room.
  std::optional<Introspection> find(const IntrospectionTerms& terms, const IntrospectionKey& key, Arena& arena,
                                    WallTime now, Age age) const;

  // IntrospectionBook
  [[nodiscard]] bool keep(const IntrospectionTerms& terms, const IntrospectionKey& key, std::string_view answer,
                          WallTime now) override;

 private:
  cache::ResponseStore active_;
  cache::ResponseStore inactive_;
};

}  // namespace sluice::gateway
