// What happens when a connection has waited long enough: RFC 6298 5, RFC 9293 3.8.4, 3.8.6.1.
#pragma once

#include "tcp/connection.h"

namespace sluice::tcp {

// A deadline has passed; it is no longer armed.
void on_deadline(Connection& c, Deadline deadline);

// This side began to open at Tcb::sent_at: arms the moment at which it gives up, after the connect timeout or the user
// timeout, whichever is less.
void limit_connect(Connection& c);

// The user timeout has changed: an opening, and a timer that is backed off beyond it, end in its time.
void heed_user_timeout(Connection& c);

// The peer was heard: keep-alive begins to count anew. Called where a connection becomes ESTABLISHED, too.
void watch_for_silence(Connection& c);

}  // namespace sluice::tcp
