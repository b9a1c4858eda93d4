// Tail loss probes: when acknowledgements fail to come, one segment is sent to provoke them before the retransmission
// timer gives up on the whole flight (RFC 8985 7). The same deadline serves Rack's second look (6.2 step 5).
#pragma once

#include "tcp/connection.h"

namespace sluice::tcp {

struct AckNews;

// After something was sent or acknowledged: arms Deadline::kLossProbe as it is now needed. restart: a waiting probe
// waits anew.
void refresh_loss_probe(Connection& c, bool restart);

// Deadline::kLossProbe has passed.
void on_loss_probe_deadline(Connection& c);

// 7.4.2: what an acknowledgement says about the probe that was sent. True when it repaired a loss that nothing else
// has shown: the congestion control has to hear of it.
bool probe_repaired_a_loss(Connection& c, const AckNews& news);

}  // namespace sluice::tcp
