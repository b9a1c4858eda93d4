// Link: Ethernet on all ports of a worker, with or without a VLAN tag. Takes frames apart and puts them together.
#pragma once

#include <optional>

#include "base/worker_context.h"
#include "net/config.h"
#include "net/link_output.h"
#include "packet/packet.h"
#include "wire/ethernet.h"

namespace sluice::net {

class Link {
 public:
  Link(WorkerContext& context, const Config& config, LinkOutput& output)
      : context_(context), config_(config), output_(output) {}

  struct Arrival {
    wire::EtherType type;
    wire::MacAddress source;
    bool to_group;  // sent to more hosts than us
  };
  // Takes the link header off a frame that arrived; what is left may end in padding. Nothing (and counted) when the
  // frame is malformed, of another VLAN, or for another host.
  std::optional<Arrival> take_header(PortIndex port, Packet& frame);

  // Puts the port's link header in front of `payload` and sends it.
  void send(PortIndex port, const wire::MacAddress& destination, wire::EtherType type, Packet payload);

  // Bytes of the link header of frames that leave through `port`.
  uint8_t header_bytes(PortIndex port) const;

 private:
  WorkerContext& context_;
  const Config& config_;
  LinkOutput& output_;
};

}  // namespace sluice::net
