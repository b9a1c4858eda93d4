// NameSet: is this header one of these? Letters compare without regard to case, and '_' equals '-': an origin that
// speaks CGI cannot tell X_User from X-User, so whoever may not send one may not send the other.
//
// Built on the control side, immutable afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

// Both names are one to such an origin.
bool equal_folded(std::string_view a, std::string_view b);

class NameSet {
 public:
  void add(std::string_view name);
  bool contains(std::string_view name) const;
  bool empty() const { return names_.empty(); }

 private:
  uint64_t lengths_ = 0;            // bit i: some name is i bytes long (63: or longer), which settles most questions
  std::vector<std::string> names_;  // lower-case, with '-'
};

}  // namespace sluice::http
