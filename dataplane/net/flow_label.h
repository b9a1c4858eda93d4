// FlowLabels: the IPv6 flow label of what we send (RFC 6437 3): the same for all packets of a flow, and evenly spread
// over flows, so that routers keep a flow on one of several paths. Owned by a worker's IpOutput.
//
// Every packet is hashed, so by sums of products with secret odd words (multiply-shift, Dietzfelbinger 1997): nothing
// but the spread over paths hangs on it, and SipHash would cost more than the rest of the header.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "base/random.h"
#include "sluice/ip_address.h"
#include "wire/ipv4.h"

namespace sluice::net {

class FlowLabels {
 public:
  explicit FlowLabels(Random& random) {
    for (uint64_t& word : key_) word = random.next() | 1;
  }

  // Never 0, which says that there is none. payload: from the transport header on. Ports count for TCP alone, so that
  // all pieces of a datagram have one label.
  uint32_t label(wire::IpProtocol protocol, const IpAddress& source, const IpAddress& destination,
                 std::span<const std::byte> payload) const {
    uint32_t ports = 0;
    if (protocol == wire::IpProtocol::kTcp && payload.size() >= sizeof ports) {
      std::memcpy(&ports, payload.data(), sizeof ports);
    }
    const uint64_t sum = weigh(source, key_[0], key_[1]) + weigh(destination, key_[2], key_[3]) + ports * key_[4];
    const auto label = static_cast<uint32_t>(sum >> 44);  // the highest 20 bits
    return label == 0 ? 1 : label;
  }

 private:
  static uint64_t weigh(const IpAddress& address, uint64_t high, uint64_t low) {
    uint64_t words[2];
    std::memcpy(words, address.bytes().data(), sizeof words);
    return words[0] * high + words[1] * low;
  }

  uint64_t key_[5];
};

}  // namespace sluice::net
