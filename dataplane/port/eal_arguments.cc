#include "port/eal_arguments.h"

#include <algorithm>
#include <cctype>

namespace sluice::port {

namespace {

// Each pattern letter: h a hexadecimal digit, anything else itself.
bool matches(std::string_view text, std::string_view pattern) {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(), [](char c, char p) {
    return p == 'h' ? std::isxdigit(static_cast<unsigned char>(c)) != 0 : c == p;
  });
}

std::string core_set(const std::vector<uint16_t>& cores) {
  std::string set = "(";
  for (const uint16_t core : cores) {
    if (set.size() > 1) set += ',';
    set += std::to_string(core);
  }
  return set + ')';
}

// "0@(0,1),1@0,2@1": several lcores may share a core, which -l does not allow.
std::string lcores(const EalSettings& settings) {
  const std::string anywhere = core_set(settings.allowed_cores);
  std::string text = "0@" + anywhere;
  for (unsigned worker = 0; worker < settings.workers; ++worker) {
    text += ',' + std::to_string(lcore_of_worker(worker)) + '@';
    text += settings.cores.empty() ? anywhere : std::to_string(settings.cores[worker]);
  }
  return text;
}

}  // namespace

bool is_pci_device(std::string_view device) {
  const std::string_view address = device.substr(0, device.find(','));
  return matches(address, "hhhh:hh:hh.h") || matches(address, "hh:hh.h");
}

std::vector<std::string> eal_arguments(const EalSettings& settings) {
  std::vector<std::string> arguments = {"sluice",
                                        "--lcores",
                                        lcores(settings),
                                        "--main-lcore",
                                        "0",
                                        "-m",
                                        std::to_string(std::max<uint64_t>(settings.memory_bytes >> 20, 1)),
                                        "--no-telemetry"};
  // Neither mode leaves files behind that a second process or the next start would meet.
  if (settings.huge_pages) {
    arguments.push_back("--in-memory");
  } else {
    arguments.insert(arguments.end(), {"--no-huge", "--no-shconf"});
  }
  // Without a list of its own EAL would take every NIC it can, the machine's own included.
  bool any_pci = false;
  for (const std::string& device : settings.devices) {
    if (!is_pci_device(device)) continue;
    any_pci = true;
    arguments.insert(arguments.end(), {"-a", device});
  }
  if (!any_pci) arguments.push_back("--no-pci");
  return arguments;
}

}  // namespace sluice::port
