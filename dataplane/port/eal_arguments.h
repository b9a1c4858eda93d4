// How DPDK's environment layer (EAL) is started: the node's settings as its command line. Pure text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::port {

struct EalSettings {
  bool huge_pages = true;
  uint64_t memory_bytes = 512ull << 20;
  unsigned workers = 1;
  std::vector<uint16_t> cores;          // one a worker; empty: any of allowed_cores
  std::vector<uint16_t> allowed_cores;  // of this process
  std::vector<std::string> devices;     // as in node.yaml: those at PCI addresses are handed to EAL
};

// Worker i runs as lcore i + 1; lcore 0 is the control thread, which is not pinned.
constexpr unsigned lcore_of_worker(unsigned worker) {
  return worker + 1;
}

// "0000:3b:00.0" or "3b:00.0", with or without ",arguments" behind it.
bool is_pci_device(std::string_view device);

// argv for rte_eal_init().
std::vector<std::string> eal_arguments(const EalSettings& settings);

}  // namespace sluice::port
