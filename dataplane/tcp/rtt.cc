#include "tcp/rtt.h"

#include <algorithm>

namespace sluice::tcp {

namespace {

constexpr int64_t kGranularityUs = 1'000;  // G: a tick of the timer wheel
constexpr int64_t kLongestSampleUs = 60'000'000;

}  // namespace

void RttEstimator::sample(Duration rtt, const Settings& settings) {
  // A round trip inside one tick of the clock still took time: zero would look like "never measured".
  const int64_t r = std::clamp<int64_t>(rtt.us(), 1, kLongestSampleUs);
  backoff_ = 0;
  if (!measured_) {
    measured_ = true;
    srtt_us_ = static_cast<uint32_t>(r);
    rttvar_us_ = static_cast<uint32_t>(r / 2);
  } else {
    const int64_t deviation = std::abs(int64_t{srtt_us_} - r);
    rttvar_us_ = static_cast<uint32_t>((3 * int64_t{rttvar_us_} + deviation) / 4);
    srtt_us_ = static_cast<uint32_t>((7 * int64_t{srtt_us_} + r) / 8);
  }
  // The minimum is time for the peer to put its acknowledgement off, on top of what the path takes: a path whose round
  // trips are steady would have none left of it.
  const int64_t srtt = srtt_us_ > 1 ? srtt_us_ : 0;
  const int64_t rto = srtt + std::max({kGranularityUs, settings.min_rto.us(), 4 * int64_t{rttvar_us_}});
  rto_us_ = static_cast<uint32_t>(std::min(rto, settings.max_rto.us()));
}

void RttEstimator::forget_handshake() {
  backoff_ = 0;
  if (!measured_) rto_us_ = 3'000'000;
}

Duration RttEstimator::rto(const Settings& settings) const {
  return std::min(Duration::microseconds(int64_t{rto_us_} << backoff_), settings.max_rto);
}

}  // namespace sluice::tcp
