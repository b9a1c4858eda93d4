#include "publish/memory_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

namespace sluice::control {

namespace {

// What a byte of text comes to while its policy is loaded and compiled: measured with 100,000 routes, and doubled.
constexpr uint64_t kBytesPerTextByte = 120;
// Small policies always fit.
constexpr uint64_t kLeastBytes = 64 << 20;

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

uint64_t number_in(const std::string& file) {
  std::istringstream text(first_line(file));
  uint64_t number = 0;
  return text >> number ? number : std::numeric_limits<uint64_t>::max();
}

// "0::/system.slice/sluice.service" names the group in the unified hierarchy.
std::string group_directory() {
  const std::string line = first_line("/proc/self/cgroup");
  return line.starts_with("0::") ? "/sys/fs/cgroup" + line.substr(3) : std::string();
}

}  // namespace

MemoryLeft read_memory() {
  MemoryLeft left;
  std::ifstream meminfo("/proc/meminfo");
  std::string name;
  uint64_t kilobytes = 0;
  std::string unit;
  while (meminfo >> name >> kilobytes && std::getline(meminfo, unit)) {
    if (name == "MemAvailable:") left.machine = kilobytes << 10;
  }
  if (const std::string directory = group_directory(); !directory.empty()) {
    const uint64_t most = number_in(directory + "/memory.max");
    const uint64_t used = number_in(directory + "/memory.current");
    if (most != std::numeric_limits<uint64_t>::max()) left.group = most > used ? most - used : 0;
  }
  return left;
}

std::string memory_refusal(size_t text_bytes, const MemoryLeft& left) {
  const uint64_t needed = text_bytes * kBytesPerTextByte;
  const uint64_t available = std::min(left.machine, left.group);
  if (needed <= kLeastBytes || needed <= available) return {};
  return fmt::format("a policy of {} bytes may need {} MiB of memory; {} MiB are left", text_bytes, needed >> 20,
                     available >> 20);
}

}  // namespace sluice::control
