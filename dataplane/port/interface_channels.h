// The channels (receive queues in hardware) of a kernel network interface, for drivers that take packets from under it.
#pragma once

#include <optional>
#include <string>

namespace sluice::port {

struct InterfaceChannels {
  unsigned combined = 0;  // both receive and transmit
  unsigned receive_only = 0;
  unsigned total() const { return combined + receive_only; }
};

// Nothing when there is no such interface in this network namespace or it has no notion of channels.
std::optional<InterfaceChannels> channels_of(const std::string& interface);

}  // namespace sluice::port
