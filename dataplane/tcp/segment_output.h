// SegmentOutput: all that TCP needs from the layer below. The worker wires it to net/; tests record what was sent.
#pragma once

#include <cstdint>
#include <optional>

#include "packet/packet.h"
#include "sluice/ip_address.h"
#include "wire/ecn.h"

namespace sluice::tcp {

class SegmentOutput {
 public:
  // Sends a segment that begins at its TCP header. Best effort: what is lost is counted below and TCP sends again.
  // The checksum is filled in by TCP, or, with offloads().tcp_checksum, holds the pseudo-header's sum. With
  // offloads().multi_segment the segment may be a chain; with offloads().segmentation it may be longer than the path
  // takes, and says how it is to be cut.
  virtual void send(const IpAddress& source, const IpAddress& destination, Packet segment, wire::Ecn ecn) = 0;

  // The address of ours from which `destination` is reached; none without a route.
  virtual std::optional<IpAddress> source_for(const IpAddress& destination) const = 0;

  // The largest IP packet, in bytes, that the way to `destination` takes.
  virtual uint16_t path_mtu(const IpAddress& destination) const = 0;

  virtual const TransmitOffloads& offloads() const = 0;

 protected:
  ~SegmentOutput() = default;
};

}  // namespace sluice::tcp
