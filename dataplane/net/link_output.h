// LinkOutput: all that net/ needs of the ports below it. The worker wires it to port/; tests record what was sent.
#pragma once

#include "packet/packet.h"
#include "sluice/units.h"

namespace sluice::net {

class LinkOutput {
 public:
  // Sends a whole frame. Best effort: what the port does not take is dropped and counted there.
  virtual void transmit(PortIndex port, Packet frame) = 0;

  // A frame that was put together from fragments: it goes to the worker that owns its flow, as if it had arrived whole.
  virtual void steer(PortIndex port, Packet frame) = 0;

 protected:
  ~LinkOutput() = default;
};

}  // namespace sluice::net
