// SynBacklog: connections whose handshake a peer has begun and not finished: the passive SYN-RECEIVED (RFC 9293 3.3.2).
//
// Owned by the Stack. An entry is small, bounded in number and given up after its SYN-ACKs: a flood of SYNs costs a
// table that is already there. When it is full a SYN is answered by a cookie and costs nothing (syn_cookie.h).
#pragma once

#include "base/slab.h"
#include "base/timer_wheel.h"
#include "tcp/environment.h"
#include "tcp/segment.h"
#include "tcp/syn_cookie.h"

namespace sluice::tcp {

class SynBacklog;

struct HalfOpen {
  HalfOpen(SynBacklog& backlog, const FourTuple& tuple, const Segment& syn, SeqNum iss);

  // The options of the peer's SYN, and those that it offered.
  void take_options(const wire::TcpOptions& options);
  wire::TcpOptions peer_options() const;

  FourTuple tuple;
  SeqNum iss;
  SeqNum irs;
  uint32_t ts_recent = 0;
  uint16_t peer_mss = 0;
  uint8_t peer_scale = 0;
  bool has_mss = false;
  bool has_scale = false;
  bool has_timestamps = false;
  bool sack_permitted = false;
  bool ecn = false;       // asked for, and agreed to
  uint8_t timeouts = 0;   // of the SYN-ACK
  bool repeated = false;  // the SYN-ACK was sent more than once
  Instant sent_at{};      // the first SYN-ACK
  SynBacklog& backlog;
  Timer timer;
};
static_assert(sizeof(HalfOpen) == 120);  // docs/tcp.md says so

class SynBacklog {
 public:
  explicit SynBacklog(Environment& env)
      : env_(env), entries_(env.settings.max_half_open), cookies_(env.secrets.cookies) {}

  // A SYN for a listener, on a tuple that has no connection: answers with SYN-ACK. above: what the new ISS must exceed,
  // where the tuple was in TIME-WAIT (RFC 6191 2).
  void on_syn(const FourTuple& tuple, const Segment& syn, const SeqNum* above = nullptr);

  // An acknowledgement for a listener, on a tuple that nothing holds: what the SYN offered whose cookie it brings back.
  std::optional<SynCookies::Offer> on_cookie(const FourTuple& tuple, const Segment& ack);

  enum class Verdict : uint8_t { kDone, kEstablish };
  // A segment for an entry. kEstablish: it acknowledges our SYN, and the entry may become a connection by take().
  Verdict on_segment(HalfOpen& entry, const Segment& segment);
  // The entry is no longer half-open. The caller has told the demux who has the tuple now.
  void release(HalfOpen& entry) { entries_.release(&entry); }

  HalfOpen& at(uint32_t index) { return entries_.at(index); }
  EntryRef ref(const HalfOpen& entry) const { return {EntryKind::kHalfOpen, entries_.handle(&entry).slot}; }
  uint32_t size() const { return entries_.size(); }
  bool full() const { return size() == env_.settings.max_half_open; }

  // Forgets the entry and its tuple.
  void drop(HalfOpen& entry);
  void on_timeout(HalfOpen& entry);

 private:
  HalfOpen* try_add(const FourTuple& tuple, const Segment& syn, SeqNum iss);
  void send_cookie(const FourTuple& tuple, const Segment& syn);
  void send_syn_ack(const HalfOpen& entry);
  void on_repeated_syn(HalfOpen& entry, const Segment& syn);
  void repeat_syn_ack(HalfOpen& entry);
  void start_timer(HalfOpen& entry);
  void send_ack(const HalfOpen& entry);

  Environment& env_;
  Slab<HalfOpen> entries_;
  SynCookies cookies_;
};

}  // namespace sluice::tcp
