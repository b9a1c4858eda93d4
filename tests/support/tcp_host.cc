#include "support/tcp_host.h"

#include <cstring>
#include <utility>

namespace sluice::test {

namespace {

net::Config net_config(const TcpHostConfig& config) {
  net::Config net;
  net.links = {config.port};
  for (const TcpHostConfig::Vlan& vlan : config.vlans) {
    net.links.push_back(config.port);
    net.links.back().vlan = vlan.tag;
    net.links.back().addresses = {vlan.address};
  }
  net.routes = config.routes;
  return net;
}

}  // namespace

TcpHost::TcpHost(const TcpHostConfig& config)
    : worker(config.seed, config.packets),
      net_(worker.context, net_config(config), {*worker.packets, *this, up_, *this}),
      tcp(worker.context, {*worker.packets, worker.nodes, down_, tcp::Secrets::repeatable(worker.random)}, config.tcp) {
  up_.wire(tcp);
  down_.wire(net_.ip());
  net_.announce();
  finish_turn();
}

bool TcpHost::receive(std::span<const std::byte> frame) {
  Packet packet = worker.packets->try_allocate();
  if (!packet) return false;
  if (!frame.empty()) std::memcpy(packet.append(frame.size()).data(), frame.data(), frame.size());
  net_.on_frame(PortIndex{0}, std::move(packet));
  finish_turn();
  return true;
}

void TcpHost::finish_turn() {
  worker.timers.poll(worker.clock.now());
  worker.run_tasks();
}

void TcpHost::transmit(PortIndex, Packet frame) {
  if (sent_.size() == kMostWaiting) return worker.counters.add(Counter::kPortTxFull);
  std::vector<std::byte> bytes;
  for (const rte_mbuf* part = frame.mbuf(); part != nullptr; part = part->next) {
    const auto* data = rte_pktmbuf_mtod(part, const std::byte*);
    bytes.insert(bytes.end(), data, data + part->data_len);
  }
  sent_.push_back({worker.clock.now(), std::move(bytes)});
}

}  // namespace sluice::test
