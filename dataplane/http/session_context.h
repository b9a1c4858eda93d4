// SessionContext: what every session of a worker shares: its worker, where its packets come from, and the limits of
// node.yaml. Owned by the worker, outlives the sessions.
#pragma once

#include "base/worker_context.h"
#include "packet/packet_pool.h"
#include "packet/slice_queue.h"
#include "sluice/policy/node_limits.h"

namespace sluice::http {

struct SessionContext {
  WorkerContext& worker;
  PacketPool& packets;
  SliceNodePool& nodes;
  const policy::Limits& limits;
};

}  // namespace sluice::http
