// SynCookies: handshakes that cost no memory: what a SYN offered comes back in the numbers of its last acknowledgement
// (RFC 4987 3.6), for when the table of half-open connections is full.
//
// Part of the SynBacklog. The initial sequence number is a keyed hash over the tuple, the peer's number, the period of
// time and what was offered, with the period and the MSS in its masked low byte. Scale, SACK and ECN stand in the low
// bits of the timestamp that the peer echoes, under the same hash. Without timestamps only the MSS is kept. The key
// differs in every period: a cookie is good for the one in which it was made and the next.
#pragma once

#include <cstdint>
#include <optional>

#include "base/siphash.h"
#include "sluice/units.h"
#include "tcp/four_tuple.h"
#include "tcp/segment.h"
#include "tcp/seq_num.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

class SynCookies {
 public:
  static constexpr Duration kPeriod = Duration::seconds(64);

  explicit SynCookies(const SipKey& secret) : secret_(secret) {}

  // What a SYN asked for, as far as a cookie keeps it.
  struct Offer {
    wire::TcpOptions options;
    bool ecn = false;
  };
  struct Cookie {
    SeqNum iss;
    uint32_t tsval = 0;
    Offer offer;  // what a SYN-ACK may agree to: no more than the cookie keeps
  };
  // For a SYN. mss: what counts as the peer's; tsval: what our timestamp would be.
  Cookie make(const FourTuple& tuple, const Segment& syn, uint16_t mss, uint32_t tsval, Instant now);

  // What the SYN offered whose SYN-ACK this segment acknowledges; nothing when it acknowledges no cookie of ours. The
  // timestamp in it is that of the segment.
  std::optional<Offer> open(const FourTuple& tuple, const Segment& ack, Instant now) const;

  // Cookies were made that are still good: otherwise no acknowledgement is worth a hash.
  bool expected(Instant now) const { return made_any_ && now - last_made_ < kPeriod * 2; }

 private:
  uint64_t keyed(const FourTuple& tuple, SeqNum irs, uint64_t period, uint32_t offered) const;
  uint8_t mask(const FourTuple& tuple, SeqNum irs) const;

  const SipKey secret_;
  Instant last_made_{};
  bool made_any_ = false;
};

}  // namespace sluice::tcp
