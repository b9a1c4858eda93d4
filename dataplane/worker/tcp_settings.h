// tcp_settings: what node.yaml says of TCP, as the settings of one worker's stack. Pure.
#pragma once

#include "sluice/policy/node.h"
#include "tcp/settings.h"

namespace sluice::worker {

// Connections to clients and, beside them, to origins; handshakes of all listeners together.
tcp::Settings tcp_settings(const policy::Node& node);

}  // namespace sluice::worker
