// JSON writes a character beyond U+FFFF as two escapes, the halves of a surrogate pair (RFC 8259 section 7). YAML has
// one escape for it, and libyaml refuses the halves.
#pragma once

#include <string>
#include <string_view>

namespace sluice::config {

// `text` with one escape instead of each pair; empty if it has none, or is no JSON. Lines stay, columns after a pair
// are two less.
std::string joined_surrogates(std::string_view text);

}  // namespace sluice::config
