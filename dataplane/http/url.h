// Paths and queries of request targets (RFC 3986): normalised as Kong's router sees them, escaped as it sends them on.
//
// Pure functions over views. A result that needs bytes of its own lives in the arena; one with data() == nullptr says
// that the arena is exhausted.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "http/characters.h"

namespace sluice::http {

// What is wrong with a path as it was sent. A path that is not kGood is refused with 400, as nginx does below Kong.
enum class PathFault : uint8_t {
  kGood,
  kBadEscape,  // '%' without two hex digits, or %00
  kAboveRoot,  // its dot segments climb above the root
};
PathFault check_path(std::string_view path);

// The path that routes are matched against: percent-encoded bytes decoded unless they are reserved (RFC 3986 2.2) or
// '%', whose hex digits become upper-case; dot segments removed; duplicate slashes merged. Bytes that were decoded may
// be anything: escape_path() before they are sent. REQUIRES: check_path(path) == kGood.
// Returns `path` itself when it is normal already.
[[nodiscard]] std::string_view normalise_path(Arena& arena, std::string_view path);

// A normalised path as it is sent to an origin: every byte that may not stand in a path is percent-encoded; '%' is not.
[[nodiscard]] std::string_view escape_path(Arena& arena, std::string_view path);

enum class Plus : uint8_t { kLiteral, kSpace };

// Percent-decoding; an escape that is malformed stays as it is. Returns `text` itself when there is nothing to decode.
[[nodiscard]] std::string_view percent_decode(Arena& arena, std::string_view text, Plus plus = Plus::kLiteral);

// Percent-encoding of a query argument's name or value: all but letters, digits and -_.~!'()* (as OpenResty does).
[[nodiscard]] std::string_view percent_encode(Arena& arena, std::string_view text);
// The same of all bytes but those of `kept`.
[[nodiscard]] std::string_view percent_encode(Arena& arena, std::string_view text, const CharacterSet& kept);

// One argument of a query, as sent.
struct QueryArgument {
  std::string_view name;
  std::string_view value;
  bool has_value = false;  // "a=" has an empty value, "a" has none
};

// Walks the arguments of a query (the part behind '?'), separated by '&'. Empty ones ("a&&b") are passed over.
class QueryReader {
 public:
  explicit QueryReader(std::string_view query) : rest_(query) {}
  // The next argument; nothing at the end.
  std::optional<QueryArgument> next();

 private:
  std::string_view rest_;
};

}  // namespace sluice::http
