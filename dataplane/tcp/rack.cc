#include "tcp/rack.h"

#include <algorithm>

namespace sluice::tcp {

namespace {

constexpr uint32_t kMinRttLifetimeS = 300;
constexpr uint8_t kPersist = 16;
constexpr uint8_t kLargestMult = 64;
constexpr uint32_t kDupThresh = 3;

}  // namespace

void PathHistory::on_round_trip(Duration rtt, Instant now) {
  const auto us = static_cast<uint32_t>(std::clamp<int64_t>(rtt.us(), 1, UINT32_MAX));
  const auto now_s = static_cast<uint32_t>(now.ns / 1'000'000'000);
  if (min_rtt_us != 0 && us > min_rtt_us && now_s - min_rtt_at_s < kMinRttLifetimeS) return;
  min_rtt_us = us;
  min_rtt_at_s = now_s;
}

void PathHistory::on_duplicate_reported() {
  reo_wnd_mult = std::min<uint8_t>(reo_wnd_mult + 1, kLargestMult);
  reo_wnd_persist = kPersist;
}

void PathHistory::on_recovery_ended() {
  if (reo_wnd_persist > 0 && --reo_wnd_persist == 0) reo_wnd_mult = 1;
}

void Rack::on_delivery(const Delivery& d, PathHistory& history) {
  fack_ = d.fack;
  history.reordering_seen |= d.reordered;
  if (d.rtt == Duration{}) return;
  rtt_ = d.rtt;
  if (d.newest_sent_at < xmit_ts_ || (d.newest_sent_at == xmit_ts_ && d.newest_end < end_seq_)) return;
  xmit_ts_ = d.newest_sent_at;
  end_seq_ = d.newest_end;
}

void Rack::on_duplicate_reported(SeqNum snd_una, SeqNum snd_nxt, PathHistory& history) {
  // The end of a round of 2 GiB ago seems to lie ahead, beyond all that was sent.
  if (in_dsack_round_ && snd_una < dsack_round_ && dsack_round_ <= snd_nxt) return;
  in_dsack_round_ = true;
  dsack_round_ = snd_nxt;
  history.on_duplicate_reported();
}

Duration Rack::reordering_window(const Scoreboard& board, const PathHistory& history, const Circumstances& at) {
  const bool enough_sacked = board.sacked_bytes() > (kDupThresh - 1) * at.mss;
  if (!history.reordering_seen && (at.in_recovery || enough_sacked)) return {};
  return std::min(history.min_rtt() * history.reo_wnd_mult / 4, at.srtt);
}

bool Rack::sent_before_newest(const Transmission& t) const {
  return t.sent_at < xmit_ts_ || (t.sent_at == xmit_ts_ && t.end < end_seq_);
}

Instant Rack::detect(Scoreboard& board, const PathHistory& history, const Circumstances& at) const {
  Instant next = Instant::never();
  if (rtt_ == Duration{}) return next;
  const Duration patience = rtt_ + reordering_window(board, history, at);
  for (Transmission* t = board.first(); t != nullptr; t = t->next) {
    // Beyond what has arrived first transmissions are sorted by time, and repairs follow them: nothing older follows.
    if (t->seq >= fack_ && !t->again && t->sent_at > xmit_ts_) break;
    if (t->fate != Fate::kInFlight || !sent_before_newest(*t)) continue;
    const Instant lost_at = t->sent_at + patience;
    if (lost_at <= at.now) {
      board.lose(*t);
    } else {
      next = next == Instant::never() ? lost_at : std::max(next, lost_at);
    }
  }
  return next;
}

void Rack::mark_timed_out(Scoreboard& board, const PathHistory& history, const Circumstances& at) const {
  const Duration rtt = rtt_ == Duration{} ? at.srtt : rtt_;
  const Duration patience = rtt + reordering_window(board, history, at);
  for (Transmission* t = board.first(); t != nullptr; t = t->next) {
    if (t->fate != Fate::kInFlight) continue;
    if (t == board.first() || t->sent_at + patience <= at.now) board.lose(*t);
  }
}

}  // namespace sluice::tcp
