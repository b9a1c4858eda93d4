#include "port/port.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "port/device.h"
#include "port/interface_channels.h"
#include "port/log_capture.h"
#include "port/rss.h"

namespace sluice::port {

namespace {

constexpr uint8_t kLinkHeaderBytes = 18;

void shut_down(uint16_t device_id, rte_device* attached) {
  rte_eth_dev_stop(device_id);
  rte_eth_dev_close(device_id);
  if (attached != nullptr) rte_dev_remove(attached);
}

// Opens one device step by step; each step says why it failed.
class Opener {
 public:
  Opener(const policy::NodePort& settings, std::span<const std::unique_ptr<PacketPool>> pools, const FlowOwners& owners)
      : settings_(settings), pools_(pools), owners_(owners) {}

  using Step = Result<void, StartError>;

  Step probe();
  Step configure();
  Step set_up_queues();
  Step settle_mac();
  Step settle_mtu();
  Step start();
  // Undoes what was done. For a device that did not come up.
  void close();

  Port::Facts facts;
  rte_device* attached = nullptr;

 private:
  StartError failure(std::string_view what, int error, std::string_view advice = {});
  Step bind_all_channels(const std::string& interface);

  const policy::NodePort& settings_;
  std::span<const std::unique_ptr<PacketPool>> pools_;
  const FlowOwners& owners_;
  LogCapture log_;
  rte_eth_dev_info info_{};
  rte_eth_conf config_{};
  bool probed_ = false;
};

// `error`: a negative errno, as DPDK returns it.
StartError Opener::failure(std::string_view what, int error, std::string_view advice) {
  std::string message = "port " + settings_.name + " (" + settings_.device + "): " + std::string(what);
  if (const std::string said = log_.take(); !said.empty()) {
    message += ": " + said;
  } else if (error != 0) {
    message += std::string(": ") + rte_strerror(-error);
  }
  return {std::move(message), std::string(advice)};
}

// AF_XDP takes frames channel by channel: what arrives in a channel without a queue of ours is gone.
Opener::Step Opener::bind_all_channels(const std::string& interface) {
  const auto channels = channels_of(interface);
  if (!channels) return {};
  facts.queues = std::clamp(channels->combined, 1u, facts.queues);
  if (channels->total() <= facts.queues) return {};
  const std::string command = channels->combined > 0 ? "combined " + std::to_string(facts.queues) : "rx 1 tx 1";
  return failure(interface + " has " + std::to_string(channels->total()) + " channels, of which " +
                     std::to_string(facts.queues) + " can be bound: frames in the others would be lost",
                 0, "ethtool -L " + interface + " " + command);
}

Opener::Step Opener::probe() {
  const int room = pools_.front()->data_room();
  if (settings_.mtu + kLinkHeaderBytes > room) {
    return failure("mtu " + std::to_string(settings_.mtu) + " does not fit into packet buffers of " +
                       std::to_string(room) + " bytes",
                   0);
  }
  const Device device = parse_device(settings_.device);
  const auto workers = static_cast<uint16_t>(pools_.size());
  facts.queues = std::min(workers, settings_.queues.value_or(workers));
  if (device.driver == "net_af_xdp") {
    if (auto bound = bind_all_channels(device.interface); !bound) return bound;
  }
  if (device.is_virtual()) {
    const std::string arguments = probe_arguments(device, facts.queues, settings_.mtu);
    if (const int error = rte_dev_probe(arguments.c_str()); error != 0) {
      return failure("cannot be probed", error, "see whether the driver is installed and its arguments are right");
    }
  }
  if (const int error = rte_eth_dev_get_port_by_name(device.name.c_str(), &facts.device_id); error != 0) {
    return failure("there is no such device", error,
                   device.is_virtual() ? "" : "bind it to vfio-pci (dpdk-devbind.py -b vfio-pci ADDRESS)");
  }
  probed_ = true;
  if (const int error = rte_eth_dev_info_get(facts.device_id, &info_); error != 0) {
    return failure("says nothing about itself", error);
  }
  facts.driver = info_.driver_name;
  if (device.is_virtual()) attached = info_.device;
  return {};
}

Opener::Step Opener::configure() {
  facts.queues = std::min<unsigned>({facts.queues, info_.max_rx_queues, info_.max_tx_queues});
  if (facts.queues == 0) return failure("has no queues", 0);

  constexpr uint64_t kCutting = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
                                RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  // DPDK 22.11's net_tap sums a chain part by part, and an odd part in its middle shifts every byte behind it: the peer
  // drops the frame. One buffer at a time it sums right.
  const uint64_t trusted =
      facts.driver == "net_tap" ? ~(RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS) : ~0ull;
  const uint64_t offered = info_.tx_offload_capa & trusted;
  config_.txmode.offloads = offered & kCutting;
  config_.rxmode.mtu = settings_.mtu;
  const uint16_t most_parts = info_.tx_desc_lim.nb_mtu_seg_max;  // 0: the driver says nothing
  facts.offloads = {.ipv4_checksum = (offered & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) != 0,
                    .tcp_checksum = (offered & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) != 0,
                    .segmentation = (offered & kCutting) == kCutting,
                    .multi_segment = (offered & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0 &&
                                     (most_parts == 0 || most_parts >= TransmitOffloads::kMostParts)};
  config_.rxmode.offloads = info_.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TCP_CKSUM;
  if (info_.max_mtu != 0 && settings_.mtu > info_.max_mtu) {
    return failure("takes no mtu of " + std::to_string(settings_.mtu), 0,
                   "set mtu to at most " + std::to_string(info_.max_mtu));
  }

  const Rss rss(info_, owners_);
  const auto queues = static_cast<uint16_t>(facts.queues);
  if (rss.usable() && queues > 1) rss.configure(config_);
  if (const int error = rte_eth_dev_configure(facts.device_id, queues, queues, &config_); error != 0) {
    return failure("cannot be configured with " + std::to_string(queues) + " queues", error);
  }
  facts.steers_flows = rss.exact() && queues > 1 && queues == owners_.workers();
  return {};
}

Opener::Step Opener::set_up_queues() {
  uint16_t receive = settings_.receive_descriptors;
  uint16_t transmit = settings_.transmit_descriptors;
  if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(facts.device_id, &receive, &transmit); error != 0) {
    return failure("refuses its numbers of descriptors", error);
  }
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(facts.device_id));
  for (uint16_t q = 0; q < facts.queues; ++q) {
    int error = rte_eth_rx_queue_setup(facts.device_id, q, receive, socket, nullptr, pools_[q]->mempool());
    if (error == 0) error = rte_eth_tx_queue_setup(facts.device_id, q, transmit, socket, nullptr);
    if (error != 0) return failure("cannot set up queue " + std::to_string(q), error);
  }
  return {};
}

// On a tap the kernel is the neighbour, and the device's address is the kernel's end: ours must differ from it.
Opener::Step Opener::settle_mac() {
  rte_ether_addr address{};
  if (const int error = rte_eth_macaddr_get(facts.device_id, &address); error != 0) return failure("has no mac", error);
  std::memcpy(facts.mac.bytes.data(), address.addr_bytes, sizeof address.addr_bytes);
  const bool tap = facts.driver == "net_tap";
  if (tap) facts.mac.bytes.back() ^= 1;
  if (!settings_.mac) return {};
  facts.mac = *settings_.mac;
  if (tap) return {};
  std::memcpy(address.addr_bytes, facts.mac.bytes.data(), sizeof address.addr_bytes);
  if (const int error = rte_eth_dev_default_mac_addr_set(facts.device_id, &address); error != 0) {
    return failure("cannot take its mac", error, "leave mac out of node.yaml to use the device's own");
  }
  return {};
}

Opener::Step Opener::settle_mtu() {
  uint16_t mtu = 0;
  if (rte_eth_dev_get_mtu(facts.device_id, &mtu) != 0 || mtu == settings_.mtu) return {};
  if (const int error = rte_eth_dev_set_mtu(facts.device_id, settings_.mtu); error != 0) {
    return failure("cannot take mtu " + std::to_string(settings_.mtu), error);
  }
  return {};
}

Opener::Step Opener::start() {
  if (const int error = rte_eth_dev_start(facts.device_id); error != 0) return failure("cannot be started", error);
  // Neighbours ask for IPv6 addresses in groups. A device that knows no filter shows all groups anyway.
  rte_eth_allmulticast_enable(facts.device_id);
  // A device that refuses key or table still delivers: the workers steer then.
  if (facts.steers_flows) facts.steers_flows = Rss(info_, owners_).program(facts.device_id);
  return {};
}

void Opener::close() {
  if (probed_) shut_down(facts.device_id, attached);
}

}  // namespace

Result<std::unique_ptr<Port>, StartError> Port::open(const policy::NodePort& settings,
                                                     std::span<const std::unique_ptr<PacketPool>> pools,
                                                     const FlowOwners& owners) {
  Opener opener(settings, pools, owners);
  for (const auto step : {&Opener::probe, &Opener::configure, &Opener::set_up_queues, &Opener::settle_mac,
                          &Opener::settle_mtu, &Opener::start}) {
    if (auto done = (opener.*step)(); !done) {
      opener.close();
      return done.error();
    }
  }
  return std::unique_ptr<Port>(new Port(std::move(opener.facts), opener.attached));
}

Port::~Port() {
  const LogCapture quiet;  // drivers remark on being closed
  shut_down(facts_.device_id, attached_);
}

bool Port::link_up() const {
  rte_eth_link link{};
  return rte_eth_link_get_nowait(facts_.device_id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

}  // namespace sluice::port
