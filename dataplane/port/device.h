// Device: what node.yaml says of a port's device, as DPDK wants to hear it. Pure text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::port {

struct Device {
  std::string name;       // of the device and of its Ethernet port: "net_af_packet0", "0000:3b:00.0"
  std::string arguments;  // what the bus is asked to probe: the name with all arguments
  std::string driver;     // of a virtual device: "net_af_packet"; empty for a PCI device
};

// device: "net_af_packet0,iface=veth1" or a PCI address. Adds what the driver must know of queues and MTU beforehand,
// unless the text says it already.
Device describe_device(std::string_view device, unsigned queues, uint16_t mtu);

}  // namespace sluice::port
