#include "gateway/plugins/loggers.h"

#include "gateway/plugins/made.h"
#include "gateway/plugins/place.h"

namespace sluice::gateway {

namespace {

class Logger final : public Plugin {
 public:
  explicit Logger(const PluginEnvironment& environment) : place_(place_of(environment)) {}

  std::optional<uint32_t> sink(Context&) const override { return place_; }

 private:
  const uint32_t place_;
};

}  // namespace

MadePlugin make_plugin(const policy::FileLogConfig&, const PluginEnvironment& environment) {
  return made<Logger>(environment);
}
MadePlugin make_plugin(const policy::HttpLogConfig&, const PluginEnvironment& environment) {
  return made<Logger>(environment);
}
MadePlugin make_plugin(const policy::PrometheusConfig&, const PluginEnvironment& environment) {
  return made<Logger>(environment);
}
MadePlugin make_plugin(const policy::SyslogConfig&, const PluginEnvironment& environment) {
  return made<Logger>(environment);
}
MadePlugin make_plugin(const policy::TcpLogConfig&, const PluginEnvironment& environment) {
  return made<Logger>(environment);
}
MadePlugin make_plugin(const policy::UdpLogConfig&, const PluginEnvironment& environment) {
  return made<Logger>(environment);
}

}  // namespace sluice::gateway
