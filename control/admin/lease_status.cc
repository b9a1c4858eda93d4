#include "admin/lease_status.h"

namespace sluice::control {

nlohmann::json rate_stores_json(const LeaseKeeper& leases) {
  nlohmann::json stores = nlohmann::json::array();
  for (const LeaseStoreStatus& store : leases.status()) {
    stores.push_back({{"store", store.store},
                      {"state", std::string(to_text(store.state))},
                      {"last_error", store.last_error.empty() ? nlohmann::json() : nlohmann::json(store.last_error)},
                      {"questions", store.totals.asked},
                      {"tokens_leased", store.totals.leased},
                      {"tokens_returned", store.totals.returned},
                      {"failures", store.totals.failed},
                      {"turned_away", store.totals.turned_away}});
  }
  return stores;
}

void add_rate_store_gauges(const LeaseKeeper& leases, std::vector<Gauge>& gauges) {
  for (const LeaseStoreStatus& store : leases.status()) {
    const bool ready = store.state == RedisStore::State::kReady;
    gauges.push_back({"rate_store_ready",
                      "whether a store of shared rate limits answers",
                      ready ? 1.0 : 0.0,
                      {{"store", store.store}}});
    const std::pair<const char*, uint64_t> counts[] = {{"questions", store.totals.asked},
                                                       {"tokens_leased", store.totals.leased},
                                                       {"tokens_returned", store.totals.returned},
                                                       {"failures", store.totals.failed},
                                                       {"turned_away", store.totals.turned_away}};
    for (const auto& [what, count] : counts) {
      gauges.push_back({"rate_store",
                        "what was asked of a store of shared rate limits",
                        static_cast<double>(count),
                        {{"store", store.store}, {"what", what}}});
    }
  }
}

}  // namespace sluice::control
