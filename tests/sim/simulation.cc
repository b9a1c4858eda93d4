#include "sim/simulation.h"

#include <algorithm>

#include "sim/verdict.h"

namespace sluice::sim {

namespace {

constexpr Endpoint kServer{IpAddress::v4(0xC6120001), Port{80}};
constexpr Endpoint kClient{IpAddress::v4(0xC6120002), Port{40'000}};  // a simultaneous open fixes its ports to these

// All that lives between the first SYN and the last event.
class World {
 public:
  World(const Scenario& scenario, uint64_t seed)
      : scenario_(scenario),
        worker_(seed, scenario.packets),
        network_random_(seed ^ 0xfeedface),
        to_server_(worker_, network_random_, scenario.to_server, kClient.address),
        to_client_(worker_, network_random_, scenario.to_client, kServer.address),
        client_stack_(worker_.context,
                      {*worker_.packets, worker_.nodes, to_server_, tcp::Secrets::repeatable(worker_.random)},
                      scenario.client_tcp),
        server_stack_(worker_.context,
                      {*worker_.packets, worker_.nodes, to_client_, tcp::Secrets::repeatable(worker_.random)},
                      scenario.server_tcp),
        client_(worker_, scenario.client, seed + 1, seed + 2),
        server_(worker_, scenario.server, seed + 2, seed + 1) {
    to_server_.on_delivery([this](const IpAddress& from, const IpAddress& to, Packet segment) {
      server_stack_.on_segment(from, to, std::move(segment), {});
    });
    to_client_.on_delivery([this](const IpAddress& from, const IpAddress& to, Packet segment) {
      client_stack_.on_segment(from, to, std::move(segment), {});
    });
    to_server_.on_error([this](const tcp::IcmpError& error) { client_stack_.on_icmp_error(error); });
    to_client_.on_error([this](const tcp::IcmpError& error) { server_stack_.on_icmp_error(error); });
  }

  Outcome run() {
    open();
    const Instant begin = worker_.clock.now();
    while (!over() && worker_.clock.now() - begin < scenario_.limit) {
      if (scenario_.cut_after > Duration{} && worker_.clock.now() - begin >= scenario_.cut_after) {
        to_server_.cut();
        to_client_.cut();
      }
      step();
    }
    Outcome outcome{.took = worker_.clock.now() - begin,
                    .retransmitted = worker_.counted(Counter::kTcpSegmentsRetransmitted),
                    .timeouts = worker_.counted(Counter::kTcpRetransmissionTimeouts)};
    outcome.problem = problem();
    outcome.finished = outcome.problem.empty();
    return outcome;
  }

 private:
  void open() {
    if (scenario_.simultaneous_open) {
      server_.begin(**server_stack_.connect(kClient, server_));
    } else if (!server_stack_.listen(kServer, server_).ok()) {
      std::abort();
    }
    client_.begin(**client_stack_.connect(kServer, client_));
    worker_.run_tasks();
  }

  bool over() const { return client_.closed() && server_.closed(); }

  void step() {
    const Instant next =
        std::min({to_server_.next_delivery(), to_client_.next_delivery(), worker_.timers.next_wakeup()});
    if (next == Instant::never()) {
      worker_.clock.advance(scenario_.limit);
      return;
    }
    if (next > worker_.clock.now()) worker_.clock.advance(next - worker_.clock.now());
    to_server_.deliver();
    to_client_.deliver();
    worker_.timers.poll(worker_.clock.now());
    worker_.run_tasks();
  }

  // After the last event nothing may be left but TIME-WAIT, and in the end not even that.
  std::string leak() {
    to_server_.clear();
    to_client_.clear();
    worker_.run_tasks();
    if (client_stack_.connections() + server_stack_.connections() != 0) return "a connection leaked";
    if (worker_.packets->available() != scenario_.packets) return "a packet leaked";
    if (worker_.nodes.size() != 0) return "a slice node leaked";
    worker_.advance(Duration::seconds(200));
    if (client_stack_.time_wait() + server_stack_.time_wait() != 0) return "TIME-WAIT never ends";
    if (client_stack_.half_open() + server_stack_.half_open() != 0) return "a half-open connection leaked";
    return {};
  }

  std::string problem() {
    const bool cut = scenario_.cut_after > Duration{};
    auto p = problem_of("the client", client_stack_, client_, scenario_.server.bytes, cut);
    if (p.empty()) p = problem_of("the server", server_stack_, server_, scenario_.client.bytes, cut);
    return p.empty() ? leak() : p;
  }

  const Scenario& scenario_;
  test::TestWorker worker_;
  Random network_random_;
  Link to_server_;
  Link to_client_;
  tcp::Stack client_stack_;
  tcp::Stack server_stack_;
  Transfer client_;
  Transfer server_;
};

}  // namespace

Outcome run(const Scenario& scenario, uint64_t seed) {
  return World(scenario, seed).run();
}

}  // namespace sluice::sim
