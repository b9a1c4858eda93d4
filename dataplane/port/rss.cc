#include "port/rss.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/flow_hash.h"

namespace sluice::port {

namespace {

constexpr uint64_t kTcpHashes = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;

}  // namespace

Rss::Rss(const rte_eth_dev_info& info, unsigned queues)
    : queues_(queues),
      table_entries_(info.reta_size),
      hash_kinds_(info.flow_type_rss_offloads & kTcpHashes),
      key_bytes_(info.hash_key_size) {
  const bool honest = std::string_view(info.driver_name) != "net_tap";
  usable_ = honest && queues > 1 && (hash_kinds_ & RTE_ETH_RSS_NONFRAG_IPV4_TCP) != 0 &&
            key_bytes_ >= kToeplitzKey.size() && key_bytes_ <= sizeof key_ && table_entries_ >= kFlowBuckets &&
            table_entries_ % kFlowBuckets == 0;
}

void Rss::configure(rte_eth_conf& config) {
  std::copy(kToeplitzKey.begin(), kToeplitzKey.end(), key_);
  config.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  config.rx_adv_conf.rss_conf = {.rss_key = key_, .rss_key_len = key_bytes_, .rss_hf = hash_kinds_};
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
