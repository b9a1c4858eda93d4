#include "port/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <sched.h>

#include <string_view>

#include "port/log_capture.h"

namespace sluice::port {

namespace {

std::vector<uint16_t> allowed_cores() {
  cpu_set_t set;
  std::vector<uint16_t> cores;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (uint16_t core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

std::string advice_for(std::string_view message, const EalSettings& settings) {
  const auto says = [&](std::string_view words) { return message.find(words) != std::string_view::npos; };
  if (says("hugepage") || says("huge page") || says("init memory")) {
    const std::string pages = std::to_string((settings.memory_bytes + (2 << 20) - 1) >> 21);
    return settings.huge_pages ? "reserve huge pages (echo " + pages +
                                     " > /proc/sys/vm/nr_hugepages), or set memory.huge_pages: false in node.yaml"
                               : "lower memory.size in node.yaml";
  }
  if (says("lcore") || says("affinity") || says("core")) {
    return "workers.cores in node.yaml must name cores that this process may run on";
  }
  if (says("not permitted") || says("ermission denied")) return "start as root";
  return {};
}

}  // namespace

Result<std::unique_ptr<Eal>, StartError> Eal::start(const EalSettings& settings) {
  EalSettings filled = settings;
  if (filled.allowed_cores.empty()) filled.allowed_cores = allowed_cores();
  std::vector<std::string> arguments = eal_arguments(filled);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());

  LogCapture log;
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    std::string message = log.take();
    if (message.empty()) message = std::string("EAL: ") + rte_strerror(rte_errno);
    const std::string advice = advice_for(message, filled);
    return StartError{std::move(message), advice};
  }
  return std::unique_ptr<Eal>(new Eal());
}

Eal::~Eal() {
  rte_eal_cleanup();
}

bool Eal::launch(WorkerId worker, int (*body)(void*), void* argument) {
  return rte_eal_remote_launch(body, argument, lcore_of_worker(worker.value)) == 0;
}

void Eal::join(WorkerId worker) {
  rte_eal_wait_lcore(lcore_of_worker(worker.value));
}

}  // namespace sluice::port
