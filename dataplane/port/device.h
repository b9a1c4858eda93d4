// Device: what node.yaml says of a port's device, and how DPDK is asked for it. Pure text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::port {

// Bytes of a frame in a device's ring besides its IP packet: link header, VLAN tag and what the kernel puts in front.
inline constexpr unsigned kFrameHeadBytes = 18 + 64;

struct Device {
  std::string name;       // of the device and of its Ethernet port: "net_af_packet0", "0000:3b:00.0"
  std::string text;       // as in node.yaml: the name with its arguments
  std::string driver;     // of a virtual device: "net_af_packet"; empty for a PCI device
  std::string interface;  // the kernel's interface that it works on (iface=…); empty without one

  bool is_virtual() const { return !driver.empty(); }
};

// text: "net_af_packet0,iface=veth1" or a PCI address.
Device parse_device(std::string_view text);

// What is probed: the text, with what the driver must know of queues and MTU beforehand unless it says that already.
std::string probe_arguments(const Device& device, unsigned queues, uint16_t mtu);

}  // namespace sluice::port
