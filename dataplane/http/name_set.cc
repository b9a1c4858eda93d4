#include "http/name_set.h"

#include <algorithm>

namespace sluice::http {
namespace {

char folded(char c) {
  if (c == '_') return '-';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

uint64_t length_bit(std::string_view name) {
  return uint64_t{1} << std::min<size_t>(name.size(), 63);
}

}  // namespace

bool equal_folded(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, folded, folded);
}

void NameSet::add(std::string_view name) {
  std::string own(name);
  std::transform(own.begin(), own.end(), own.begin(), folded);
  lengths_ |= length_bit(own);
  names_.push_back(std::move(own));
}

bool NameSet::contains(std::string_view name) const {
  if ((lengths_ & length_bit(name)) == 0) return false;
  return std::any_of(names_.begin(), names_.end(), [&](const std::string& own) {
    return std::equal(own.begin(), own.end(), name.begin(), name.end(), [](char a, char b) { return a == folded(b); });
  });
}

}  // namespace sluice::http
