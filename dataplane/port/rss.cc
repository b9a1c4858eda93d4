#include "port/rss.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

namespace sluice::port {

namespace {

constexpr uint64_t kTcpHashes = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP;
constexpr uint8_t kUsualKeyBytes = std::tuple_size_v<ToeplitzKey>;

}  // namespace

Rss::Rss(const rte_eth_dev_info& info, const FlowOwners& owners)
    : owners_(owners),
      table_entries_(info.reta_size),
      hash_kinds_(info.flow_type_rss_offloads & kTcpHashes),
      // A driver that does not say takes the usual 40 bytes.
      key_bytes_(info.hash_key_size == 0 ? kUsualKeyBytes : info.hash_key_size) {
  const bool honest = std::string_view(info.driver_name) != "net_tap";
  usable_ = honest && (hash_kinds_ & RTE_ETH_RSS_NONFRAG_IPV4_TCP) != 0 && key_bytes_ >= kUsualKeyBytes &&
            key_bytes_ <= owners_.device_key().size();
}

void Rss::configure(rte_eth_conf& config) const {
  config.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  config.rx_adv_conf.rss_conf = hash_settings();
}

rte_eth_rss_conf Rss::hash_settings() const {
  return {.rss_key = const_cast<uint8_t*>(owners_.device_key().data()),  // read only; DPDK's interface says no const
          .rss_key_len = key_bytes_,
          .rss_hf = hash_kinds_};
}

bool Rss::program(uint16_t device_id) const {
  rte_eth_rss_conf settings = hash_settings();
  rte_eth_dev_rss_hash_update(device_id, &settings);  // what has come of it is seen next
  return has_key(device_id) && program_table(device_id);
}

// A device that cannot say which key it has is taken at its word.
bool Rss::has_key(uint16_t device_id) const {
  std::vector<uint8_t> key(key_bytes_);
  rte_eth_rss_conf now{.rss_key = key.data(), .rss_key_len = key_bytes_};
  if (rte_eth_dev_rss_hash_conf_get(device_id, &now) != 0) return true;
  return std::ranges::equal(key, owners_.device_key().first(key_bytes_));
}

bool Rss::program_table(uint16_t device_id) const {
  std::vector<rte_eth_rss_reta_entry64> table((table_entries_ + RTE_ETH_RETA_GROUP_SIZE - 1) / RTE_ETH_RETA_GROUP_SIZE);
  for (unsigned i = 0; i < table_entries_; ++i) {
    auto& group = table[i / RTE_ETH_RETA_GROUP_SIZE];
    group.mask = UINT64_MAX;
    group.reta[i % RTE_ETH_RETA_GROUP_SIZE] = owners_.owner_of_hash(i).value;
  }
  return rte_eth_dev_rss_reta_update(device_id, table.data(), static_cast<uint16_t>(table_entries_)) == 0;
}

}  // namespace sluice::port
