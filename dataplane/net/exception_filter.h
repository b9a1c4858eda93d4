// ExceptionFilter: which frames of a port are for the kernel of this machine: the exception path, on which a machine
// whose only NIC is ours stays reachable (SSH, BGP, DHCP).
//
// Ours are TCP segments to our listeners and to our ports towards origins, and echo requests to our addresses; what
// many hear, both hear. Decided on each frame alone, without state. Made by a worker, one a worker, where a port has an
// exception path. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "net/config.h"
#include "net/glance.h"
#include "net/local_addresses.h"

namespace sluice::net {

// Who takes a frame.
enum class Taker : uint8_t { kUs, kKernel, kBoth };

class ExceptionFilter {
 public:
  // The TCP ports that are ours on every address of ours.
  struct OurPorts {
    std::vector<Endpoint> listeners;  // an unspecified address: all of ours
    Port first_ephemeral{};           // towards origins
    Port last_ephemeral{};            // inclusive
  };

  // config: outlives the filter.
  ExceptionFilter(const Config& config, OurPorts ports) : config_(config), local_(config), ports_(std::move(ports)) {}

  // A frame as it came from `port`'s device. Malformed ones, and those of other machines, are ours: to drop and count.
  Taker taker_of(PortIndex port, std::span<const std::byte> frame) const;

 private:
  Taker taker_of_packet(LinkIndex link, const Glance& ip) const;
  Taker taker_of_segment(const Glance& ip) const;

  const Config& config_;
  const LocalAddresses local_;
  const OurPorts ports_;
};

}  // namespace sluice::net
