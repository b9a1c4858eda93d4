#include "sim/hosts.h"

#include <algorithm>
#include <memory>

#include "sim/verdict.h"

namespace sluice::sim {

namespace {

constexpr Duration kLimit = Duration::seconds(3600);
constexpr uint16_t kFirstPort = 80;  // of the server, one for each client

wire::MacAddress mac_of(unsigned number) {
  return {{0x02, 0, 0, 0, 0, static_cast<uint8_t>(number)}};
}

IpAddress address_of(unsigned number, bool ipv6) {
  return *IpAddress::parse((ipv6 ? "2001:db8::" : "198.18.0.") + std::to_string(number));
}

// The server is number 1, its clients those after it.
test::TcpHostConfig config_of(unsigned number, const HostScenario& scenario, uint64_t seed) {
  test::TcpHostConfig config{.port = {.mac = mac_of(number), .vlan = scenario.vlan},
                             .vlans = {},
                             .routes = {},
                             .tcp = scenario.tcp,
                             .seed = seed * 16 + number};
  config.port.addresses = {{address_of(number, false), *Cidr::parse("198.18.0.0/24")},
                           {address_of(number, true), *Cidr::parse("2001:db8::/64")}};
  config.port.ipv6.duplicate_address_detection = false;
  return config;
}

// All that lives between the first frame and the last event.
class HostWorld {
 public:
  HostWorld(const HostScenario& scenario, uint64_t seed)
      : scenario_(scenario), random_(seed ^ 0xfeedface), ethernet_(random_, scenario.network) {
    for (unsigned i = 0; i <= scenario.clients; ++i) {
      hosts_.push_back(std::make_unique<test::TcpHost>(config_of(i + 1, scenario, seed)));
      ethernet_.plug_in(*hosts_.back(), mac_of(i + 1));
    }
    for (unsigned i = 0; i < scenario.clients; ++i) open(*hosts_[i + 1], i, seed);
  }

  Outcome run() {
    const Instant begin = now();
    while (!over() && now() - begin < kLimit) {
      if (scenario_.cut_after > Duration{} && now() - begin >= scenario_.cut_after) ethernet_.cut();
      step();
    }
    Outcome outcome{.took = now() - begin,
                    .retransmitted = counted(Counter::kTcpSegmentsRetransmitted),
                    .timeouts = counted(Counter::kTcpRetransmissionTimeouts)};
    outcome.problem = problem();
    outcome.finished = outcome.problem.empty();
    return outcome;
  }

 private:
  // One connection, and who uses its two ends.
  struct Visit {
    test::TcpHost& client_host;
    Transfer client;
    Transfer server;
  };

  void open(test::TcpHost& client, unsigned number, uint64_t seed) {
    const uint64_t pattern = seed + 2 * number;
    visits_.push_back(std::unique_ptr<Visit>(new Visit{client,
                                                       {client.worker, scenario_.client, pattern + 1, pattern + 2},
                                                       {server().worker, scenario_.server, pattern + 2, pattern + 1}}));
    Visit& visit = *visits_.back();
    const Endpoint to{address_of(1, scenario_.ipv6 != (number % 2 == 1)),
                      Port{static_cast<uint16_t>(kFirstPort + number)}};
    if (!server().tcp.listen(to, visit.server).ok()) std::abort();
    visit.client.begin(**client.tcp.connect(to, visit.client));
  }

  void step() {
    for (const auto& host : hosts_) host->finish_turn();
    ethernet_.collect();
    Instant next = ethernet_.next_delivery();
    for (const auto& host : hosts_) next = std::min(next, host->worker.timers.next_wakeup());
    const Duration wait = next == Instant::never() ? kLimit : std::max(next - now(), Duration{});
    for (const auto& host : hosts_) host->worker.clock.advance(wait);
    ethernet_.deliver();
  }

  bool over() const {
    return std::all_of(visits_.begin(), visits_.end(),
                       [](const auto& visit) { return visit->client.closed() && visit->server.closed(); });
  }

  std::string problem() {
    const bool cut = scenario_.cut_after > Duration{};
    for (const auto& visit : visits_) {
      auto p = problem_of("a client", visit->client_host.tcp, visit->client, scenario_.server.bytes, cut);
      if (p.empty()) p = problem_of("the server", server().tcp, visit->server, scenario_.client.bytes, cut);
      if (!p.empty()) return p;
    }
    if (!has_happened()) return "what the scenario is about did not happen";
    for (const auto& host : hosts_) {
      if (auto p = leak_of(*host); !p.empty()) return p;
    }
    return {};
  }

  bool has_happened() const {
    const Ethernet::Figures& figures = ethernet_.figures();
    switch (scenario_.event) {
      case HostScenario::Event::kNone:
        return true;
      case HostScenario::Event::kMarks:
        return figures.marked > 0 && counted(Counter::kTcpEcnReductions) > 0;
      case HostScenario::Event::kFragments:
        return figures.fragments > 0 && counted(Counter::kNetReassembled) > 0;
      case HostScenario::Event::kTooLong:
        return figures.too_long > 0 && counted(Counter::kTcpPathMtuIcmp) > 0;
    }
    return false;
  }

  // After the last event nothing may be left but TIME-WAIT and pieces of datagrams, and in the end not even those.
  std::string leak_of(test::TcpHost& host) {
    host.finish_turn();
    if (host.tcp.connections() != 0) return "a connection leaked";
    if (host.worker.nodes.size() != 0) return "a slice node leaked";
    host.worker.advance(Duration::seconds(200));
    if (host.tcp.time_wait() != 0) return "TIME-WAIT never ends";
    if (host.tcp.half_open() != 0) return "a half-open connection leaked";
    if (host.worker.packets->available() != test::TcpHostConfig().packets) return "a packet leaked";
    return {};
  }

  test::TcpHost& server() { return *hosts_.front(); }
  Instant now() const { return hosts_.front()->worker.clock.now(); }
  uint64_t counted(Counter c) const {
    uint64_t sum = 0;
    for (const auto& host : hosts_) sum += host->worker.counted(c);
    return sum;
  }

  const HostScenario& scenario_;
  Random random_;
  std::vector<std::unique_ptr<test::TcpHost>> hosts_;
  Ethernet ethernet_;
  std::vector<std::unique_ptr<Visit>> visits_;
};

HostScenario scenario(const char* name, const EthernetSettings& network) {
  return {.name = name, .network = network};
}

constexpr Duration kDelay = Duration::milliseconds(5);
constexpr LinkSettings kClean{.delay = kDelay};
constexpr LinkSettings kBad{.delay = kDelay, .loss = 20, .reorder = 20, .duplicate = 10, .corrupt = 10};

}  // namespace

std::vector<HostScenario> host_scenarios() {
  std::vector<HostScenario> all;
  // Each over IPv4 and over IPv6.
  const auto add = [&](HostScenario s) {
    const std::string name = s.name;
    for (const bool ipv6 : {false, true}) {
      s.name = name + (ipv6 ? "OverIpv6" : "OverIpv4");
      s.ipv6 = ipv6;
      all.push_back(s);
    }
  };
  add(scenario("Hosts", {.path = kClean}));
  add(scenario("HostsOnABadPath", {.path = kBad}));

  HostScenario tagged = scenario("HostsOfAVlan", {.path = kBad});
  tagged.vlan = 12;
  add(tagged);

  HostScenario narrow = scenario("HostsAndANarrowerPath", {.path = kBad});
  narrow.network.path.mtu = 1300;
  narrow.network.path.mtu_changes = Duration::milliseconds(25);
  narrow.event = HostScenario::Event::kTooLong;
  add(narrow);

  HostScenario marks = scenario("HostsAndMarks", {.path = kClean, .mark = 30});
  marks.event = HostScenario::Event::kMarks;
  add(marks);
  HostScenario marks_and_losses = scenario("HostsAndMarksAndLosses", {.path = kBad, .mark = 30});
  marks_and_losses.event = HostScenario::Event::kMarks;
  add(marks_and_losses);

  HostScenario pieces = scenario("HostsAndFragments", {.path = kBad, .fragments_bytes = 600});
  pieces.event = HostScenario::Event::kFragments;
  add(pieces);
  HostScenario marked_pieces =
      scenario("HostsAndMarkedFragments", {.path = kClean, .mark = 30, .fragments_bytes = 600});
  marked_pieces.event = HostScenario::Event::kMarks;
  add(marked_pieces);

  HostScenario plain = scenario("HostsWithoutTimestamps", {.path = kBad});
  plain.tcp.timestamps = false;
  add(plain);
  HostScenario plainest = scenario("HostsWithoutTimestampsAndScale", {.path = kBad});
  plainest.tcp.timestamps = plainest.tcp.window_scale = false;
  add(plainest);

  HostScenario cookies = scenario("HostsAndSynCookies", {.path = kBad});
  cookies.tcp.max_half_open = 0;
  add(cookies);

  HostScenario three = scenario("ThreeHosts", {.path = kBad, .mark = 10});
  three.clients = 2;
  add(three);

  HostScenario gone = scenario("HostsThatVanish", {.path = {.delay = kDelay, .rate_bytes_per_second = 2'000'000}});
  gone.client.bytes = gone.server.bytes = 1'000'000;
  gone.cut_after = Duration::milliseconds(200);
  add(gone);
  return all;
}

Outcome run(const HostScenario& scenario, uint64_t seed) {
  return HostWorld(scenario, seed).run();
}

}  // namespace sluice::sim
