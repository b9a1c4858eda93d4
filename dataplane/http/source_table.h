// SourceTable: how many connections each source address has, so that one client cannot take all of them.
//
// Owned by a server. A fixed table with a keyed hash: as many sources as connections fit, so it is never full. IPv6
// sources count by their /64, which is what one customer has (RFC 6177).
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/random.h"
#include "base/siphash.h"
#include "sluice/ip_address.h"

namespace sluice::http {

class SourceTable {
 public:
  // most_connections: of all sources together. limit: of one source; 0: any number (the table then holds nothing).
  SourceTable(uint32_t most_connections, uint32_t limit, Random& random);

  // Counts one more connection from `address`; false (and not counted) when that source is at its limit.
  [[nodiscard]] bool try_add(const IpAddress& address);
  // REQUIRES: an earlier try_add(address) that was true.
  void remove(const IpAddress& address);

 private:
  struct Entry {
    IpAddress source;
    uint32_t connections;  // 0: free
  };
  struct Free {
    void operator()(Entry* entries) const { std::free(entries); }
  };

  size_t home_of(const IpAddress& source) const;
  // The entry of `source`, or the free one where it would stand.
  size_t find(const IpAddress& source) const;

  SipKey key_;
  uint32_t limit_;
  size_t mask_ = 0;
  std::unique_ptr<Entry[], Free> entries_;
};

}  // namespace sluice::http
