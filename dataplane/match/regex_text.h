// What the text of a regex says without its being compiled. Both functions err on the safe side.
#pragma once

#include <string_view>

namespace sluice::match {

// A text that every match of the regex begins with; empty where none is plain to see.
std::string_view literal_beginning(std::string_view regex);

// False: PCRE2 and Hyperscan may read the regex differently where the subject is not ASCII, or ends with a line feed.
// Hyperscan's `$` matches before a line feed at the end; classes, word boundaries and letter case, as it is used here,
// are those of ASCII, and its tables of Unicode are another release's.
bool is_read_alike(std::string_view regex);

}  // namespace sluice::match
