// net_config: what node.yaml and the opened ports say, as a worker's network stack wants it.
#pragma once

#include <memory>
#include <vector>

#include "net/config.h"
#include "port/port.h"
#include "sluice/policy/node.h"

namespace sluice::worker {

// ports: by PortIndex, as node.ports. Each port is a link, and each of its further VLANs another; a link with IPv6
// addresses gets a link-local one of its port's link address unless it has one (RFC 4291 2.8).
net::Config net_config(const policy::Node& node, const std::vector<std::unique_ptr<port::Port>>& ports);

}  // namespace sluice::worker
