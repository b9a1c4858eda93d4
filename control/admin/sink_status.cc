#include "admin/sink_status.h"

namespace sluice::control {

nlohmann::json sinks_json(const Shipper& shipper) {
  nlohmann::json sinks = nlohmann::json::array();
  for (const SinkStatus& sink : shipper.status()) {
    sinks.push_back({{"plugin", sink.plugin},
                     {"id", sink.id},
                     {"sent", sink.sent},
                     {"lost", sink.lost},
                     {"waiting", sink.waiting}});
  }
  return sinks;
}

void add_sink_gauges(const Shipper& shipper, std::vector<Gauge>& gauges) {
  for (const SinkStatus& sink : shipper.status()) {
    const std::pair<const char*, uint64_t> states[] = {
        {"sent", sink.sent}, {"lost", sink.lost}, {"waiting", sink.waiting}};
    for (const auto& [state, records] : states) {
      gauges.push_back({"log_plugin_records",
                        "records of a logging plugin, by what became of them",
                        static_cast<double>(records),
                        {{"plugin", sink.plugin}, {"id", sink.id}, {"state", state}}});
    }
  }
  gauges.push_back({"log_plugin_strays",
                    "records of logging plugins whose policy was gone",
                    static_cast<double>(shipper.strays()),
                    {}});
}

}  // namespace sluice::control
