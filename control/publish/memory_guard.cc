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
// A value of such a policy has 12 bytes of text. Two thirds of it are what is compiled.
constexpr uint64_t kBytesPerValue = kBytesPerTextByte * 12;
constexpr uint64_t kBytesPerCompiledValue = kBytesPerValue / 3 * 2;
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

uint64_t available(const MemoryLeft& left) {
  return std::min(left.machine, left.group);
}

// Empty: it fits.
std::string refusal(const std::string& what, uint64_t needed, const MemoryLeft& left) {
  if (needed <= kLeastBytes || needed <= available(left)) return {};
  return fmt::format("{} may need {} MiB of memory; {} MiB are left", what, needed >> 20, available(left) >> 20);
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
  return refusal(fmt::format("a policy of {} bytes", text_bytes), text_bytes * kBytesPerTextByte, left);
}

std::string memory_refusal_of_values(uint32_t values, bool is_read, const MemoryLeft& left) {
  const uint64_t each = is_read ? kBytesPerCompiledValue : kBytesPerValue;
  return refusal(fmt::format("a policy of {} values", values), values * each, left);
}

// Half: they are compiled beside all else.
uint64_t memory_of_regexes(const MemoryLeft& left) {
  return std::max(available(left) / 2, kLeastBytes);
}

}  // namespace sluice::control
