// Simulation: two whole TCP stacks, a Network between them, one virtual clock, a transfer in each direction.
#pragma once

#include <memory>
#include <ostream>
#include <string>

#include "sim/network.h"
#include "sim/transfer.h"
#include "support/test_worker.h"
#include "tcp/stack.h"

namespace sluice::sim {

struct Scenario {
  std::string name;
  LinkSettings to_server;
  LinkSettings to_client;
  TransferSettings client{.bytes = 200'000};
  TransferSettings server{.bytes = 200'000};
  tcp::Settings client_tcp;
  tcp::Settings server_tcp;
  bool simultaneous_open = false;
  Duration cut_after{};  // nothing passes from then on: both ends give the other up; zero: never
  uint32_t packets = 8192;
  Duration limit = Duration::seconds(3600);

  // The same path both ways.
  Scenario& path(const LinkSettings& link) {
    to_server = to_client = link;
    return *this;
  }
};

inline std::ostream& operator<<(std::ostream& out, const Scenario& s) {
  return out << s.name;
}

struct Outcome {
  bool finished = false;  // all went as it should: `problem` is empty
  Duration took{};        // from the first SYN until both users were told of the end
  uint64_t retransmitted = 0;
  uint64_t timeouts = 0;
  std::string problem;  // empty: every byte arrived, once, in order, and nothing leaked
};

Outcome run(const Scenario& scenario, uint64_t seed);

}  // namespace sluice::sim
