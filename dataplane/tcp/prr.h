// Prr: proportional rate reduction: how the flight shrinks to ssthresh while a recovery goes on (RFC 6937).
//
// Part of a Flight. Variables have the RFC's names.
#pragma once

#include <algorithm>
#include <cstdint>

namespace sluice::tcp {

class Prr {
 public:
  // recover_fs: bytes in flight as the recovery begins.
  void begin(uint32_t recover_fs) { *this = Prr(recover_fs); }
  void on_sent(uint32_t bytes) { prr_out_ += bytes; }
  void on_delivered(uint32_t bytes) {
    prr_delivered_ += bytes;
    delivered_data_ = bytes;
  }

  // The window after an acknowledgement. progress: SND.UNA moved and no further loss was found: only then the flight
  // grows faster than it is delivered (the slow-start bound), else never (the conservative bound).
  uint32_t cwnd(uint32_t pipe, uint32_t ssthresh, uint32_t mss, bool progress) const {
    int64_t sndcnt = 0;
    if (pipe > ssthresh) {
      sndcnt = static_cast<int64_t>((prr_delivered_ * ssthresh + recover_fs_ - 1) / recover_fs_) - prr_out_;
    } else {
      const int64_t owed = static_cast<int64_t>(prr_delivered_) - prr_out_;
      const int64_t limit = std::max<int64_t>(owed, delivered_data_) + (progress ? mss : 0);
      sndcnt = std::min<int64_t>(ssthresh - pipe, limit);
    }
    // The fast retransmit leaves whatever the arithmetic says.
    if (prr_out_ == 0) sndcnt = std::max<int64_t>(sndcnt, mss);
    return pipe + static_cast<uint32_t>(std::max<int64_t>(sndcnt, 0));
  }

  Prr() = default;

 private:
  explicit Prr(uint32_t recover_fs) : recover_fs_(std::max(recover_fs, 1u)) {}

  uint64_t prr_delivered_ = 0;
  uint32_t prr_out_ = 0;
  uint32_t recover_fs_ = 1;
  uint32_t delivered_data_ = 0;
};

}  // namespace sluice::tcp
