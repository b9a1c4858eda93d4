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

// The room that packets need where no port has a larger MTU than this: PacketPool::kDataRoom, or what a device's ring
// frame of whole pages holds. mtu: bytes, at most 9216.
uint16_t data_room_for(uint16_t mtu);

// A pool of `packets` buffers with room for data_room bytes each, for one worker. Other workers may free into it
// (steered packets), only its own allocates. REQUIRES: EAL runs; the pool goes before EAL does.
struct PacketMemory {
  uint32_t packets = 0;
  uint16_t data_room = PacketPool::kDataRoom;
};
Result<std::unique_ptr<PacketPool>, StartError> make_packet_pool(WorkerId worker, const PacketMemory& memory,
                                                                 Counters& counters);

}  // namespace sluice::port
