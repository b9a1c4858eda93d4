#include "tcp/ack_in.h"

#include <algorithm>
#include <array>

#include "tcp/flight.h"
#include "tcp/loss_recovery.h"
#include "tcp/path_mtu.h"
#include "tcp/round_trip.h"
#include "tcp/tail_loss_probe.h"

namespace sluice::tcp {

namespace {

struct Block {
  SeqNum left;
  SeqNum right;
};

// What is known before the acknowledgement is taken in.
AckNews begin_news(const Connection& c, const Segment& s) {
  const Tcb& t = c.tcb();
  AckNews news{.delivery = {.now = c.env().now(), .min_rtt = t.path.min_rtt()}, .ack = s.ack};
  if (t.flight != nullptr) news.delivery.fack = t.flight->rack.fack();
  if (t.timestamps.enabled && s.options.timestamps && s.options.timestamps->tsecr != 0) {
    news.delivery.echoed_ms = s.options.timestamps->tsecr - t.timestamps.offset;
  }
  news.has_sack = s.options.sack_count > 0;
  news.congestion_echo = t.ecn.enabled && s.flags.ece;
  return news;
}

// SEG.ACK > SND.UNA: data has arrived.
void take_new_ack(Connection& c, const Segment& s, AckNews& news) {
  Tcb& t = c.tcb();
  measure_round_trip(c, s);
  news.acked_bytes = t.sender.acknowledge(s.ack);
  t.regrets.on_acknowledged(s.ack, t.sender.max_snd_wnd());
  t.progress_at = c.env().now();
  on_progress(c);
  if (t.flight != nullptr) t.flight->board.on_acknowledged(s.ack, news.delivery, c.env().transmissions);
  c.on_room_grown();
}

// RFC 2883 5: the first block lies before the acknowledgement, or inside the second.
bool reports_a_duplicate(const Segment& s, const Block& first) {
  if (first.right <= s.ack) return true;
  if (s.options.sack_count < 2) return false;
  const auto& second = s.options.sack[1];
  return SeqNum(second.left) <= first.left && first.right <= SeqNum(second.right);
}

// The blocks of `s` that speak of what is in flight, lowest first; what else they say goes to `news`. A block that is
// empty, reversed or speaks of what was not sent lately is not believed.
size_t take_blocks(Connection& c, const Segment& s, AckNews& news, std::array<Block, 4>& blocks) {
  const Tcb& t = c.tcb();
  const SeqNum oldest = t.sender.snd_una() - SeqLen{t.sender.max_snd_wnd()};
  size_t n = 0;
  for (size_t i = 0; i < s.options.sack_count; ++i) {
    const Block block{SeqNum(s.options.sack[i].left), SeqNum(s.options.sack[i].right)};
    if (block.left >= block.right || block.right > t.sender.snd_max() || block.left < oldest) {
      c.env().count(Counter::kTcpSackInvalid);
    } else if (i == 0 && reports_a_duplicate(s, block)) {
      c.env().count(Counter::kTcpDuplicatesReported);
      news.reported_twice_bytes = (block.right - block.left).value;
      news.reported_twice = block.left;
    } else if (block.left >= s.ack && block.right > t.sender.snd_una() && block.right <= t.sender.snd_nxt()) {
      const Block ahead{max(block.left, t.sender.snd_una()), block.right};  // of an overtaken acknowledgement
      size_t place = n++;
      for (; place > 0 && ahead.left < blocks[place - 1].left; --place) blocks[place] = blocks[place - 1];
      blocks[place] = ahead;
    }
  }
  return n;
}

void take_sack(Connection& c, const Segment& s, AckNews& news) {
  std::array<Block, 4> blocks;
  const size_t n = take_blocks(c, s, news, blocks);
  if (c.tcb().flight == nullptr) return;
  Scoreboard& board = c.tcb().flight->board;
  Transmission* near = nullptr;
  for (size_t i = 0; i < n; ++i) {
    if (!board.on_sacked(blocks[i].left, blocks[i].right, news.delivery, c.env().transmissions, near)) {
      c.env().count(Counter::kTcpSackIgnored);
    }
  }
}

// RFC 6298 5.2, 5.3: off when all is acknowledged, else anew for what is new. A pure duplicate never touches it.
void restart_timer(Connection& c) {
  Tcb& t = c.tcb();
  if (!t.sender.in_flight()) {
    t.send_timer = SendTimer::kOff;
    c.disarm(Deadline::kSend);
  } else {
    c.arm(Deadline::kSend, c.env().now() + t.rtt.rto(c.env().settings));
  }
}

void take_window(Connection& c, const Segment& s, bool new_ack, bool& changed) {
  Tcb& t = c.tcb();
  const uint32_t window = s.window_bytes(t.snd_wind_shift);
  if (window < t.sender.mss()) c.env().count(Counter::kTcpSmallWindows);
  changed = t.sender.update_window(s.seq, s.ack, window, new_ack);
  if (changed && t.send_timer == SendTimer::kPersist && t.sender.snd_wnd() > 0) t.rtt.reset_back_off();
}

}  // namespace

void take_acknowledgement(Connection& c, const Segment& s) {
  Tcb& t = c.tcb();
  // A later one has come before it: its blocks still count (RFC 2018 5), its number and its window do not.
  const bool overtaken = s.ack < t.sender.snd_una();
  if (overtaken && s.options.sack_count == 0) return;
  const bool new_ack = s.ack > t.sender.snd_una();
  const bool in_flight = t.flight != nullptr;
  AckNews news = begin_news(c, s);
  if (new_ack) take_new_ack(c, s, news);
  if (t.sack_permitted && news.has_sack) take_sack(c, s, news);
  if (news.delivery.original_rtt > Duration{}) t.path.on_round_trip(news.delivery.original_rtt, c.env().now());
  bool window_changed = false;
  if (!overtaken) take_window(c, s, new_ack, window_changed);
  news.duplicate = !new_ack && !overtaken && !window_changed && s.bare;
  if (probe_repaired_a_loss(c, news) && in_flight) on_repaired_loss(c);
  const bool is_news = new_ack || news.duplicate || news.delivery.bytes > 0 || news.reported_twice_bytes > 0;
  if (in_flight && is_news) recover_on_ack(c, news);
  if (!in_flight && news.reported_twice_bytes > 0) take_late_duplicate(c, news);
  if (new_ack) restart_timer(c);
  if (!t.sender.in_flight()) end_flight(c);
  refresh_loss_probe(c, new_ack);
  if (t.sender.unsent() || t.flight != nullptr) c.want_output();
}

}  // namespace sluice::tcp
