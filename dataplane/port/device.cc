#include "port/device.h"

#include "port/eal_arguments.h"

namespace sluice::port {

namespace {

// A ring frame of net_af_packet is 2048 bytes by default; a larger one takes whole pages, a block each.
constexpr unsigned kAfPacketSmallFrame = 2048;
constexpr unsigned kPageBytes = 4096;

// The value of `key` in "name,key=value,…", up to the next comma; empty when it is not there.
std::string_view value_of(std::string_view text, std::string_view key) {
  const std::string wanted = ',' + std::string(key) + '=';
  const size_t at = text.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + wanted.size());
  return rest.substr(0, rest.find(','));
}

void add(std::string& arguments, std::string_view key, unsigned value) {
  if (!value_of(arguments, key).empty()) return;
  arguments += ',' + std::string(key) + '=' + std::to_string(value);
}

}  // namespace

Device parse_device(std::string_view text) {
  const std::string_view name = text.substr(0, text.find(','));
  Device device{.name = std::string(name), .text = std::string(text)};
  if (is_pci_device(text)) {
    // EAL names a port by its full address, with the domain.
    if (name.size() == std::string_view("hh:hh.h").size()) device.name = "0000:" + device.name;
    return device;
  }
  device.driver = name.substr(0, name.find_last_not_of("0123456789") + 1);  // "net_ring12" is instance 12 of net_ring
  device.interface = value_of(text, "iface");
  return device;
}

std::string probe_arguments(const Device& device, unsigned queues, uint16_t mtu) {
  std::string arguments = device.text;
  if (device.driver == "net_af_packet") {
    add(arguments, "qpairs", queues);
    if (const unsigned frame = mtu + kFrameHeadBytes; frame > kAfPacketSmallFrame) {
      const unsigned pages = (frame + kPageBytes - 1) / kPageBytes * kPageBytes;
      add(arguments, "framesz", pages);
      add(arguments, "blocksz", pages);
    }
  } else if (device.driver == "net_af_xdp") {
    add(arguments, "queue_count", queues);
  }
  return arguments;
}

}  // namespace sluice::port
