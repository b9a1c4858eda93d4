#include "tcp/syn_cookie.h"

#include <array>
#include <span>

namespace sluice::tcp {

namespace {

// The MSS that a cookie can say: those of common paths (RFC 4987 3.6 and the defaults of both families), eight of them.
constexpr std::array<uint16_t, 8> kMssTable{88, 536, 1220, 1360, 1440, 1460, 4312, 8960};
constexpr unsigned kMssBits = 3;
constexpr uint32_t kPeriodMask = 31;  // the period, modulo 32, stands above the MSS
constexpr uint64_t kMaskPeriod = UINT64_MAX;

// The low bits of the timestamp.
constexpr uint32_t kScaleMask = 15;
constexpr uint32_t kNoScale = 15;  // RFC 7323 2.3: 14 is the largest scale
constexpr uint32_t kSack = 16;
constexpr uint32_t kEcn = 32;
constexpr uint32_t kTimestampMask = 63;
constexpr uint32_t kTimestamps = 64;  // under the hash only

constexpr uint32_t kLowByte = 0xff;

uint64_t period_of(Instant now) {
  return static_cast<uint64_t>(now.ns / SynCookies::kPeriod.ns);
}

uint32_t mss_index(uint16_t mss) {
  uint32_t index = 0;
  while (index + 1 < kMssTable.size() && kMssTable[index + 1] <= mss) ++index;
  return index;
}

uint32_t offered_bits(const Segment& syn) {
  if (!syn.options.timestamps) return 0;
  return kTimestamps | syn.options.window_scale.value_or(kNoScale) | (syn.options.sack_permitted ? kSack : 0) |
         (syn.flags.ece && syn.flags.cwr ? kEcn : 0);
}

SynCookies::Offer offer_of(uint32_t bits, uint32_t mss_index) {
  SynCookies::Offer offer;
  offer.options.mss = kMssTable[mss_index];
  if ((bits & kTimestamps) == 0) return offer;
  const uint32_t scale = bits & kScaleMask;
  if (scale != kNoScale) offer.options.window_scale = static_cast<uint8_t>(scale);
  offer.options.sack_permitted = (bits & kSack) != 0;
  offer.options.timestamps.emplace();
  offer.ecn = (bits & kEcn) != 0;
  return offer;
}

}  // namespace

// The period under the hash makes the key of each period its own.
uint64_t SynCookies::keyed(const FourTuple& tuple, SeqNum irs, uint64_t period, uint32_t offered) const {
  const std::array<uint64_t, 3> input{keyed_hash(secret_, tuple), uint64_t{offered} << 32 | irs.raw(), period};
  return siphash(secret_, std::as_bytes(std::span(input)));
}

uint8_t SynCookies::mask(const FourTuple& tuple, SeqNum irs) const {
  return static_cast<uint8_t>(keyed(tuple, irs, kMaskPeriod, 0));
}

SynCookies::Cookie SynCookies::make(const FourTuple& tuple, const Segment& syn, uint16_t mss, uint32_t tsval,
                                    Instant now) {
  made_any_ = true;
  last_made_ = now;
  const uint64_t period = period_of(now);
  const uint32_t index = mss_index(mss);
  const uint32_t bits = offered_bits(syn);
  const uint32_t low = (static_cast<uint32_t>(period) & kPeriodMask) << kMssBits | index;
  const auto hash = static_cast<uint32_t>(keyed(tuple, syn.seq, period, bits << 8 | low));
  Cookie cookie{.iss = SeqNum((hash & ~kLowByte) | (low ^ mask(tuple, syn.seq))), .offer = offer_of(bits, index)};
  // Never ahead of our clock, which the connection goes on with.
  const uint32_t marked = (tsval & ~kTimestampMask) | (bits & kTimestampMask);
  cookie.tsval = static_cast<int32_t>(marked - tsval) > 0 ? marked - kTimestampMask - 1 : marked;
  if (cookie.offer.options.timestamps) cookie.offer.options.timestamps->tsval = syn.options.timestamps->tsval;
  return cookie;
}

std::optional<SynCookies::Offer> SynCookies::open(const FourTuple& tuple, const Segment& ack, Instant now) const {
  const SeqNum irs = ack.seq - SeqLen{1};
  const uint32_t cookie = (ack.ack - SeqLen{1}).raw();
  const uint32_t low = (cookie ^ mask(tuple, irs)) & kLowByte;
  const uint64_t period = period_of(now);
  const uint32_t age = (static_cast<uint32_t>(period) - (low >> kMssBits)) & kPeriodMask;
  if (age > 1) return std::nullopt;
  const uint32_t bits = ack.options.timestamps ? kTimestamps | (ack.options.timestamps->tsecr & kTimestampMask) : 0;
  const auto hash = static_cast<uint32_t>(keyed(tuple, irs, period - age, bits << 8 | low));
  if (((hash ^ cookie) & ~kLowByte) != 0) return std::nullopt;
  Offer offer = offer_of(bits, low & (kMssTable.size() - 1));
  if (offer.options.timestamps) offer.options.timestamps->tsval = ack.options.timestamps->tsval;
  return offer;
}

}  // namespace sluice::tcp
