// read_host_config: from what a packet script writes down (sluice_tcp_test.h) to what a host is made of.
//
// Pure. Refuses what no machine can be: numbers out of range, addresses that are not one host's, hops that are on no
// link.
#pragma once

#include <optional>

#include "support/sluice_tcp_test.h"
#include "support/tcp_host.h"

namespace sluice::test {

std::optional<TcpHostConfig> read_host_config(const sluice_stack_config& config, const char* more);

}  // namespace sluice::test
