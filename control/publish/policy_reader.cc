#include "publish/policy_reader.h"

#include <chrono>
#include <utility>
#include <vector>

#include "publish/memory_guard.h"

namespace sluice::control {

namespace {

Instant read_clock() {
  return Instant{std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

}  // namespace

ReadPolicy read_policy(const std::string& text, const std::string& file, policy::OnMistake on_mistake,
                       uint64_t generation, exchange::CompileContext context) {
  // Each reading but the last leaves something out; that of a mistake which refuses the file is the last.
  constexpr int kMostReadings = 16;
  ReadPolicy read;
  std::vector<config::Obstacle> obstacles;
  for (int reading = 1;; ++reading) {
    const Instant began = read_clock();
    config::LoadedPolicy loaded = config::load_policy(
        text, file, reading < kMostReadings ? on_mistake : policy::OnMistake::kRefuse, obstacles,
        [](uint32_t values, bool is_read) { return memory_refusal_of_values(values, is_read, read_memory()); });
    const Instant loaded_at = read_clock();
    read.load_time = read.load_time + (loaded_at - began);
    read.diagnostics = std::move(loaded.diagnostics);
    read.quarantined = std::move(loaded.quarantined);
    if (!loaded.policy) return read;
    auto policy = std::make_shared<const policy::Policy>(*std::move(loaded.policy));
    context.most_regex_bytes = memory_of_regexes(read_memory());
    auto snapshot = exchange::compile(policy, generation, context);
    read.compile_time = read.compile_time + (read_clock() - loaded_at);
    if (snapshot) {
      read.snapshot = std::move(snapshot).value();
      read.policy = std::move(policy);
      return read;
    }
    for (exchange::CompileError& error : snapshot.take_error()) {
      obstacles.push_back({error.where, std::move(error.field), std::move(error.message)});
    }
  }
}

}  // namespace sluice::control
