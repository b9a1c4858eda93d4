// Enricher: one header that a rule sets towards the gateway, from a claim, the client's address or a fixed text.
//
// Compiled from policy::Enrichment on the control side, immutable afterwards.
#pragma once

#include <cstdint>
#include <string_view>

#include "edge/compile_error.h"
#include "edge/context.h"
#include "sluice/policy/edge.h"

namespace sluice::edge {

class Enricher {
 public:
  // REQUIRES: `enrichment` and `schema` outlive the enricher. Complains about headers that the schema does not name, or
  // lets another stage write, and about fixed values of another type.
  Enricher(const policy::Enrichment& enrichment, const policy::HeaderSchema& schema, Complainer& complainer);

  // Sets the header, whatever stood there. A source that is absent sets nothing; a value that cannot be written, or is
  // not of the schema's type, sets nothing and is counted. False: out of memory.
  [[nodiscard]] bool run(Context& context) const;

 private:
  enum class Found : uint8_t { kText, kAbsent, kUnwritable, kNoMemory };
  // What the source holds; the text lives as long as the exchange or the snapshot.
  struct Sourced {
    Found found = Found::kAbsent;
    std::string_view text;
  };

  Sourced source(const Context& context) const;
  Sourced claim(const Context& context) const;
  static Sourced copied(Arena& arena, std::string_view text);

  const policy::Enrichment* enrichment_;
  policy::HeaderType type_ = policy::HeaderType::kString;
};

}  // namespace sluice::edge
