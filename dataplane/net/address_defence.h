// AddressDefence: when our addresses may be defended again against machines that claim them: each once in ten seconds
// (RFC 5227 2.4 (b)), so that two of us never fall into a dispute without end. Owned by who speaks for them on the
// link.
#pragma once

#include <algorithm>
#include <vector>

#include "net/config.h"
#include "net/neighbour_sync.h"
#include "sluice/units.h"

namespace sluice::net {

class AddressDefence {
 public:
  static constexpr Duration kInterval = Duration::seconds(10);  // RFC 5227 1.1, DEFEND_INTERVAL

  explicit AddressDefence(const Config& config) {
    for (uint16_t i = 0; i < config.links.size(); ++i) {
      for (const policy::InterfaceAddress& own : config.links[i].addresses) {
        defences_.push_back({{LinkIndex{i}, own.address}});
      }
    }
  }

  // Whether `own` is to be defended now. REQUIRES: an address of ours.
  bool try_take(const NeighbourKey& own, Instant now) {
    Defence& defence =
        *std::find_if(defences_.begin(), defences_.end(), [&](const Defence& d) { return d.own == own; });
    if (now < defence.next) return false;
    defence.next = now + kInterval;
    return true;
  }

 private:
  struct Defence {
    NeighbourKey own;
    Instant next{};
  };
  std::vector<Defence> defences_;
};

}  // namespace sluice::net
