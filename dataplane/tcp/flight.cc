#include "tcp/flight.h"

#include "tcp/connection.h"

namespace sluice::tcp {

Flight& flight_of(Connection& c) {
  Tcb& t = c.tcb();
  if (t.flight == nullptr) {
    t.flight = c.env().flights.try_take();  // there are as many as connections
    t.flight->recover = t.sender.snd_una() - SeqLen{1};
    t.flight->rack.open(t.sender.snd_una());
  }
  return *t.flight;
}

void end_flight(Connection& c) {
  Tcb& t = c.tcb();
  if (t.flight == nullptr) return;
  t.flight->board.clear(c.env().transmissions);
  c.env().flights.release(t.flight);
  t.flight = nullptr;
  c.disarm(Deadline::kLossProbe);
}

}  // namespace sluice::tcp
