// Stack::describe: a connection's state as text.
#include "tcp/stack.h"

namespace sluice::tcp {

namespace {

const char* name(State state) {
  switch (state) {
    case State::kSynSent:
      return "SYN-SENT";
    case State::kSynReceived:
      return "SYN-RECEIVED";
    case State::kEstablished:
      return "ESTABLISHED";
    case State::kFinWait1:
      return "FIN-WAIT-1";
    case State::kFinWait2:
      return "FIN-WAIT-2";
    case State::kCloseWait:
      return "CLOSE-WAIT";
    case State::kClosing:
      return "CLOSING";
    case State::kLastAck:
      return "LAST-ACK";
    case State::kClosed:
      return "CLOSED";
  }
  return "";
}

}  // namespace

std::string Stack::describe(const FourTuple& tuple) {
  const EntryRef ref = find(tuple);
  if (ref.kind == EntryKind::kNone) return "CLOSED";
  if (ref.kind == EntryKind::kHalfOpen) return "SYN-RECEIVED";
  if (ref.kind == EntryKind::kTimeWait) return "TIME-WAIT";
  const Tcb& t = env_.connections.at(ref.index).tcb();
  std::string text = name(t.state);
  const auto add = [&](const char* key, uint64_t value) { text += key + std::to_string(value); };
  add(" snd_una=", t.sender.snd_una().raw());
  add(" snd_nxt=", t.sender.snd_nxt().raw());
  add(" snd_wnd=", t.sender.snd_wnd());
  add(" queued=", t.sender.queued_bytes());
  add(" cwnd=", t.congestion.cwnd);
  add(" ssthresh=", t.congestion.ssthresh);
  add(" rcv_nxt=", t.receiver.rcv_nxt().raw());
  add(" rcv_wnd=", t.receiver.rcv_wnd());
  add(" unread=", t.receiver.unread_bytes());
  add(" srtt_us=", static_cast<uint64_t>(t.rtt.smoothed().us()));
  add(" mss=", t.sender.mss());
  return text;
}

}  // namespace sluice::tcp
