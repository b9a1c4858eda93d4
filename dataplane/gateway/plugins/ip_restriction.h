// ip-restriction: the client's address decides who passes; deny goes before allow. As Kong's.
//
// The address is the one that trusted proxies told us, if any. An IPv4-mapped IPv6 address is the IPv4 address.
#pragma once

#include "gateway/plugin.h"
#include "sluice/policy/plugins/ip_restriction.h"

namespace sluice::gateway {

MadePlugin make_plugin(const policy::IpRestrictionConfig& config, const PluginEnvironment& environment);

}  // namespace sluice::gateway
