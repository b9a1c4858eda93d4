// file-log, http-log, prometheus, syslog, tcp-log, udp-log: plugins that only want each request's record.
//
// One pair of files for the six, as what becomes of a record (control/ship) happens on the control side. Differs from
// Kong: custom_fields_by_lua takes constants and headers of the request alone.
#pragma once

#include "gateway/plugin.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::FileLogConfig&, const PluginEnvironment&);
MadePlugin make_plugin(const policy::HttpLogConfig&, const PluginEnvironment&);
MadePlugin make_plugin(const policy::PrometheusConfig&, const PluginEnvironment&);
MadePlugin make_plugin(const policy::SyslogConfig&, const PluginEnvironment&);
MadePlugin make_plugin(const policy::TcpLogConfig&, const PluginEnvironment&);
MadePlugin make_plugin(const policy::UdpLogConfig&, const PluginEnvironment&);

}  // namespace sluice::gateway
