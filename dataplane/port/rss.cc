#include "port/rss.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/flow_hash.h"

namespace sluice::port {

namespace {

// The key with zeros behind it, for devices whose keys are longer than any input of ours needs. Drivers keep the
// pointer.
constexpr auto kDeviceKey = [] {
  std::array<uint8_t, 128> key{};
  std::copy(kToeplitzKey.begin(), kToeplitzKey.end(), key.begin());
  return key;
}();

constexpr uint64_t kTcpHashes = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;

}  // namespace

Rss::Rss(const rte_eth_dev_info& info, unsigned queues)
    : queues_(queues),
      table_entries_(info.reta_size),
      hash_kinds_(info.flow_type_rss_offloads & kTcpHashes),
      // A driver that does not say takes the usual 40 bytes.
      key_bytes_(info.hash_key_size == 0 ? static_cast<uint8_t>(kToeplitzKey.size()) : info.hash_key_size) {
  const bool honest = std::string_view(info.driver_name) != "net_tap";
  usable_ = honest && queues > 1 && (hash_kinds_ & RTE_ETH_RSS_NONFRAG_IPV4_TCP) != 0 &&
            key_bytes_ >= kToeplitzKey.size() && key_bytes_ <= kDeviceKey.size() && table_entries_ >= kFlowBuckets &&
            table_entries_ % kFlowBuckets == 0;
}

void Rss::configure(rte_eth_conf& config) const {
  config.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  config.rx_adv_conf.rss_conf = {
      .rss_key = const_cast<uint8_t*>(kDeviceKey.data()),  // read only; DPDK's interface says no const
      .rss_key_len = key_bytes_,
      .rss_hf = hash_kinds_};
}

bool Rss::program_table(uint16_t device_id) const {
  std::vector<rte_eth_rss_reta_entry64> table((table_entries_ + RTE_ETH_RETA_GROUP_SIZE - 1) / RTE_ETH_RETA_GROUP_SIZE);
  for (unsigned i = 0; i < table_entries_; ++i) {
    auto& group = table[i / RTE_ETH_RETA_GROUP_SIZE];
    group.mask = UINT64_MAX;
    group.reta[i % RTE_ETH_RETA_GROUP_SIZE] = owner_of_hash(i, queues_).value;
  }
  return rte_eth_dev_rss_reta_update(device_id, table.data(), static_cast<uint16_t>(table_entries_)) == 0;
}

}  // namespace sluice::port
