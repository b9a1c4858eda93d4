// Whole hosts in a simulation: a server and its clients, each with Ethernet, ARP or neighbour discovery, IP and TCP of
// its own, a switch between them, one virtual time, a transfer in each direction on each connection.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "sim/ethernet.h"
#include "sim/simulation.h"
#include "sim/transfer.h"
#include "tcp/settings.h"

namespace sluice::sim {

struct HostScenario {
  std::string name;
  EthernetSettings network;
  bool ipv6 = false;  // of the first client; the second speaks the other version
  std::optional<uint16_t> vlan;
  unsigned clients = 1;
  TransferSettings client{.bytes = 200'000};
  TransferSettings server{.bytes = 200'000};
  tcp::Settings tcp;
  Duration cut_after{};  // nothing passes from then on: all ends give the others up; zero: never
  // What has to have happened on the way, or the scenario tests something else.
  enum class Event : uint8_t { kNone, kMarks, kFragments, kTooLong };
  Event event = Event::kNone;
};

inline std::ostream& operator<<(std::ostream& out, const HostScenario& s) {
  return out << s.name;
}

// The scenarios that every change has to survive.
std::vector<HostScenario> host_scenarios();

Outcome run(const HostScenario& scenario, uint64_t seed);

}  // namespace sluice::sim
