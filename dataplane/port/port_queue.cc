#include "port/port_queue.h"

#include <rte_ethdev.h>
#include <rte_prefetch.h>

namespace sluice::port {

namespace {

// Who wrote them is another core or the device: all of a burst come into this core's cache while its first is handled.
void fetch(std::span<rte_mbuf* const> frames) {
  for (const rte_mbuf* frame : frames) rte_prefetch0(frame);
  for (const rte_mbuf* frame : frames) {
    const auto* headers = rte_pktmbuf_mtod(frame, const std::byte*);
    rte_prefetch0(headers);
    rte_prefetch0(headers + RTE_CACHE_LINE_SIZE);
  }
}

}  // namespace

PortQueue::~PortQueue() {
  rte_pktmbuf_free_bulk(waiting_.data(), waiting_count_);
}

unsigned PortQueue::receive(std::span<Packet, kBurst> out) {
  std::array<rte_mbuf*, kBurst> arrived;
  const unsigned n = rte_eth_rx_burst(device_id_, queue_, arrived.data(), kBurst);
  if (n == 0) return 0;
  fetch(std::span(arrived.data(), n));
  unsigned kept = 0;
  uint64_t bytes = 0;
  for (unsigned i = 0; i < n; ++i) {
    bytes += arrived[i]->pkt_len;
    Packet frame(arrived[i]);
    if (arrived[i]->nb_segs > 1 && rte_pktmbuf_linearize(arrived[i]) != 0) {
      counters_.add(Counter::kPortRxTooLong);
      continue;
    }
    out[kept++] = std::move(frame);
  }
  counters_.add(Counter::kPortRxPackets, n);
  counters_.add(Counter::kPortRxBytes, bytes);
  return kept;
}

void PortQueue::flush() {
  if (waiting_count_ == 0) return;
  const unsigned ready = prepare();
  uint64_t bytes = 0;
  for (unsigned i = 0; i < ready; ++i) bytes += waiting_[i]->pkt_len;
  const unsigned sent = rte_eth_tx_burst(device_id_, queue_, waiting_.data(), static_cast<uint16_t>(ready));
  for (unsigned i = sent; i < ready; ++i) bytes -= waiting_[i]->pkt_len;
  rte_pktmbuf_free_bulk(waiting_.data() + sent, ready - sent);
  waiting_count_ = 0;
  counters_.add(Counter::kPortTxPackets, sent);
  counters_.add(Counter::kPortTxBytes, bytes);
  if (sent < ready) counters_.add(Counter::kPortTxFull, ready - sent);
}

// Some devices want the pseudo-header's sum in a form of their own, and refuse what they cannot finish: those frames
// are dropped. Returns how many are left.
unsigned PortQueue::prepare() {
  unsigned ready = 0;
  while (ready < waiting_count_) {
    ready +=
        rte_eth_tx_prepare(device_id_, queue_, waiting_.data() + ready, static_cast<uint16_t>(waiting_count_ - ready));
    if (ready == waiting_count_) break;
    rte_pktmbuf_free(waiting_[ready]);
    counters_.add(Counter::kPortTxRefused);
    for (unsigned i = ready + 1; i < waiting_count_; ++i) waiting_[i - 1] = waiting_[i];
    --waiting_count_;
  }
  return ready;
}

}  // namespace sluice::port
