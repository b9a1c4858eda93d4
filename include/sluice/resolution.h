// AddressBook: what the names of origins resolve to. Immutable: control/resolve makes a new one when an answer changes.
//
// Workers are handed the current one between polls and look into it only within a call, so an old one may be freed
// once every worker has passed a quiescent state. Literal addresses are not in it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sluice/ip_address.h"

namespace sluice {

class AddressBook {
 public:
  using Addresses = std::vector<IpAddress>;  // in the order of the answer; empty: the name did not resolve

  // `host` in lower case. Replaces what was said of it before. Only before the book is handed out.
  void set(std::string host, Addresses addresses) { entries_.insert_or_assign(std::move(host), std::move(addresses)); }

  // The addresses of `host` (lower case); empty when it did not resolve or was never asked for.
  const Addresses& find(std::string_view host) const {
    static const Addresses kNone;
    const auto entry = entries_.find(host);
    return entry == entries_.end() ? kNone : entry->second;
  }

  // Whether `host` (lower case) has been asked for and there was an answer, or none in time.
  bool contains(std::string_view host) const { return entries_.contains(host); }

  size_t size() const { return entries_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, Addresses, Hash, std::equal_to<>> entries_;
};

}  // namespace sluice
