// Link: Ethernet on all ports of a worker, with and without VLAN tags. Takes frames apart and puts them together.
#pragma once

#include <optional>

#include "base/worker_context.h"
#include "net/config.h"
#include "net/link_output.h"
#include "packet/packet.h"
#include "wire/ethernet.h"

namespace sluice::net {

// What is known of a packet from the frame that brought it.
struct Arrival {
  LinkIndex link;
  wire::EtherType type = wire::EtherType::kIpv4;
  wire::MacAddress source;
  bool to_group = false;  // sent to more hosts than us
};

class Link {
 public:
  Link(WorkerContext& context, const Config& config, LinkOutput& output)
      : context_(context), config_(config), output_(output) {}

  // Takes the link header off a frame that arrived; what is left may end in padding. Nothing (and counted) when the
  // frame is malformed, of a VLAN that the port is not on, or for another host.
  std::optional<Arrival> take_header(PortIndex port, Packet& frame);

  // Puts the link's header in front of `payload` and sends it.
  void send(LinkIndex link, const wire::MacAddress& destination, wire::EtherType type, Packet payload);

  // A packet that was put together from fragments goes on as a frame of its own. Its source is our own link address:
  // what nobody else would send, and what neighbour discovery does not believe (RFC 6980).
  void send_up(LinkIndex link, wire::EtherType type, Packet packet);

  // Bytes of the link header of frames that leave through `link`.
  uint8_t header_bytes(LinkIndex link) const;

 private:
  WorkerContext& context_;
  const Config& config_;
  LinkOutput& output_;
};

}  // namespace sluice::net
