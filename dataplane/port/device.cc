#include "port/device.h"

#include "port/eal_arguments.h"

namespace sluice::port {

namespace {

// A ring frame of net_af_packet holds a 52-byte head besides the packet; the default frame is 2048 bytes.
constexpr unsigned kAfPacketSmallFrame = 2048;
constexpr unsigned kAfPacketFrameHead = 64;
constexpr unsigned kAfPacketLargeFrame = 4096;
constexpr unsigned kLinkHeaderBytes = 18;

void add(std::string& arguments, std::string_view key, unsigned value) {
  if (arguments.find(',' + std::string(key) + '=') != std::string::npos) return;
  arguments += ',' + std::string(key) + '=' + std::to_string(value);
}

// "net_ring12" is instance 12 of net_ring.
std::string_view driver_of(std::string_view name) {
  return name.substr(0, name.find_last_not_of("0123456789") + 1);
}

}  // namespace

Device describe_device(std::string_view device, unsigned queues, uint16_t mtu) {
  const std::string_view name = device.substr(0, device.find(','));
  Device described{std::string(name), std::string(device), {}};
  if (is_pci_device(device)) {
    // EAL names a port by its full address, with the domain.
    if (name.size() == std::string_view("hh:hh.h").size()) described.name = "0000:" + described.name;
    return described;
  }
  described.driver = driver_of(name);
  if (described.driver == "net_af_packet") {
    add(described.arguments, "qpairs", queues);
    if (mtu + kLinkHeaderBytes + kAfPacketFrameHead > kAfPacketSmallFrame) {
      add(described.arguments, "framesz", kAfPacketLargeFrame);
      add(described.arguments, "blocksz", kAfPacketLargeFrame);
    }
  } else if (described.driver == "net_af_xdp") {
    add(described.arguments, "queue_count", queues);
  }
  return described;
}

}  // namespace sluice::port
