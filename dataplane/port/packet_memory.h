// The packet pools of workers in DPDK's memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "packet/packet_pool.h"
#include "port/start_error.h"
#include "sluice/result.h"
#include "sluice/units.h"

namespace sluice::port {

// A pool of `packets` buffers for one worker. Other workers may free into it (steered packets), only its own allocates.
// REQUIRES: EAL runs; the pool goes before EAL does.
Result<std::unique_ptr<PacketPool>, StartError> make_packet_pool(WorkerId worker, uint32_t packets, Counters& counters);

}  // namespace sluice::port
