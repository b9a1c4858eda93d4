#include "tcp/syn_backlog.h"

#include <algorithm>

#include "tcp/handshake.h"
#include "tcp/isn.h"
#include "tcp/segment_builder.h"
#include "tcp/segment_out.h"

namespace sluice::tcp {

namespace {

uint16_t offered_window(const Environment& env) {
  return static_cast<uint16_t>(std::min(env.settings.receive_buffer_bytes, 65'535u));
}

uint32_t tsval_of(const Environment& env, const FourTuple& tuple) {
  return timestamp_clock(env.now()) + timestamp_offset(env.secrets.timestamps, tuple);
}

wire::TcpOptions timestamps_of(const Environment& env, const HalfOpen& entry) {
  wire::TcpOptions options;
  if (entry.has_timestamps) options.timestamps = {tsval_of(env, entry.tuple), entry.ts_recent};
  return options;
}

// <SEQ=ISS><ACK=IRS+1><CTL=SYN,ACK>, agreeing to what the peer's SYN offered. tsval: our timestamp.
wire::TcpHeader syn_ack_for(const Environment& env, const FourTuple& tuple, SeqNum irs, const wire::TcpOptions& offered,
                            uint32_t tsval) {
  wire::TcpHeader header{
      .ack = (irs + SeqLen{1}).raw(), .flags = {.syn = true, .ack = true}, .window = offered_window(env)};
  header.options.mss = env.own_mss(tuple.remote.address);
  if (offered.window_scale) header.options.window_scale = env.rcv_wind_shift;
  header.options.sack_permitted = offered.sack_permitted;
  if (offered.timestamps) header.options.timestamps = {tsval, offered.timestamps->tsval};
  return header;
}

// RFC 7323 5.3, R1: PAWS.
bool is_older(const HalfOpen& entry, const Segment& s) {
  return entry.has_timestamps && s.options.timestamps &&
         static_cast<int32_t>(s.options.timestamps->tsval - entry.ts_recent) < 0;
}

void emit(Environment& env, const FourTuple& tuple, const wire::TcpHeader& header) {
  SegmentBuilder segment(env.packets, tuple, header);
  if (!segment) return;
  segment.send(env.output);
  env.count(Counter::kTcpSegmentsSent);
}

}  // namespace

HalfOpen::HalfOpen(SynBacklog& b, const FourTuple& t, const Segment& syn, SeqNum own_iss)
    : tuple(t),
      iss(own_iss),
      irs(syn.seq),
      backlog(b),
      timer(
          [](void* self) {
            auto& entry = *static_cast<HalfOpen*>(self);
            entry.backlog.on_timeout(entry);
          },
          this) {
  take_options(syn.options);
}

void HalfOpen::take_options(const wire::TcpOptions& options) {
  ts_recent = options.timestamps ? options.timestamps->tsval : 0;
  peer_mss = options.mss.value_or(0);
  peer_scale = options.window_scale.value_or(0);
  has_mss = options.mss.has_value();
  has_scale = options.window_scale.has_value();
  has_timestamps = options.timestamps.has_value();
  sack_permitted = options.sack_permitted;
}

wire::TcpOptions HalfOpen::peer_options() const {
  wire::TcpOptions options;
  if (has_mss) options.mss = peer_mss;
  if (has_scale) options.window_scale = peer_scale;
  if (has_timestamps) options.timestamps = {ts_recent, 0};
  options.sack_permitted = sack_permitted;
  return options;
}

void SynBacklog::on_syn(const FourTuple& tuple, const Segment& syn, const SeqNum* above) {
  const SeqNum iss = above != nullptr ? initial_sequence_number_above(*above, env_, tuple)
                                      : initial_sequence_number(env_.secrets.sequence_numbers, tuple, env_.now());
  HalfOpen* entry = try_add(tuple, syn, iss);
  if (entry == nullptr) return send_cookie(tuple, syn);
  entry->sent_at = env_.now();
  entry->ecn = env_.settings.ecn && asks_for_ecn(syn.flags);
  send_syn_ack(*entry);
  start_timer(*entry);
}

HalfOpen* SynBacklog::try_add(const FourTuple& tuple, const Segment& syn, SeqNum iss) {
  HalfOpen* entry = entries_.try_take(*this, tuple, syn, iss);
  if (entry == nullptr || env_.demux.try_insert(env_.demux.hash(tuple), ref(*entry))) return entry;
  entries_.release(entry);
  return nullptr;
}

void SynBacklog::send_cookie(const FourTuple& tuple, const Segment& syn) {
  const SynCookies::Cookie cookie =
      cookies_.make(tuple, syn, peer_mss(syn.options, tuple.remote.address), tsval_of(env_, tuple), env_.now());
  wire::TcpHeader header = syn_ack_for(env_, tuple, syn.seq, cookie.offer.options, cookie.tsval);
  header.seq = cookie.iss.raw();
  header.flags.ece = env_.settings.ecn && cookie.offer.ecn;
  env_.count(Counter::kTcpSynCookiesSent);
  emit(env_, tuple, header);
}

std::optional<SynCookies::Offer> SynBacklog::on_cookie(const FourTuple& tuple, const Segment& ack) {
  if (!cookies_.expected(env_.now())) return std::nullopt;
  const auto offer = cookies_.open(tuple, ack, env_.now());
  env_.count(offer ? Counter::kTcpSynCookiesAccepted : Counter::kTcpSynCookiesRefused);
  return offer;
}

void SynBacklog::send_syn_ack(const HalfOpen& entry) {
  wire::TcpHeader header = syn_ack_for(env_, entry.tuple, entry.irs, entry.peer_options(), tsval_of(env_, entry.tuple));
  header.seq = entry.iss.raw();
  header.flags.ece = entry.ecn;
  emit(env_, entry.tuple, header);
}

// The peer did not hear our SYN-ACK. Who heard no answer may offer less the next time, and agrees to no more (RFC 7323
// 2.2, 3.2); its clock has gone on (4.3). One that is older by its timestamp was overtaken. How long the peer has time
// is another matter.
void SynBacklog::on_repeated_syn(HalfOpen& entry, const Segment& syn) {
  if (!is_older(entry, syn)) entry.take_options(syn.options);
  entry.ecn = entry.ecn && asks_for_ecn(syn.flags);  // one SYN that does not ask is enough (RFC 3168 6.1.1)
  repeat_syn_ack(entry);
}

void SynBacklog::repeat_syn_ack(HalfOpen& entry) {
  entry.repeated = true;
  send_syn_ack(entry);
}

void SynBacklog::start_timer(HalfOpen& entry) {
  const Duration rto = env_.settings.initial_rto * (int64_t{1} << std::min<int>(entry.timeouts, 6));
  env_.context.timers.schedule(entry.timer, env_.now() + std::min(rto, env_.settings.max_rto));
}

void SynBacklog::send_ack(const HalfOpen& entry) {
  if (!env_.challenge_acks.try_take(env_.now())) return env_.count(Counter::kTcpChallengeAckSuppressed);
  emit(env_, entry.tuple,
       {.seq = (entry.iss + SeqLen{1}).raw(),
        .ack = (entry.irs + SeqLen{1}).raw(),
        .flags = {.ack = true},
        .window = static_cast<uint16_t>(offered_window(env_) >> (entry.has_scale ? env_.rcv_wind_shift : 0)),
        .options = timestamps_of(env_, entry)});
}

// RFC 9293 3.10.7.4 for SYN-RECEIVED, step by step, as far as an entry has state.
SynBacklog::Verdict SynBacklog::on_segment(HalfOpen& entry, const Segment& s) {
  const SeqNum rcv_nxt = entry.irs + SeqLen{1};
  if (s.flags.syn && !s.flags.ack && s.seq == entry.irs) {
    on_repeated_syn(entry, s);
    return Verdict::kDone;
  }
  // First: the sequence number, and PAWS.
  const bool in_window = rcv_nxt <= s.seq && s.seq < rcv_nxt + SeqLen{offered_window(env_)};
  if (!in_window || (is_older(entry, s) && !s.flags.rst)) {
    if (!s.flags.rst) send_ack(entry);
    env_.count(in_window ? Counter::kTcpPaws : Counter::kTcpOutOfWindow);
    return Verdict::kDone;
  }
  // Second: RST at exactly RCV.NXT returns to LISTEN (RFC 5961 3.2). Fourth: SYN is challenged.
  if (s.flags.rst && s.seq == rcv_nxt) {
    env_.count(Counter::kTcpResetByPeer);
    drop(entry);
    return Verdict::kDone;
  }
  if (s.flags.rst || s.flags.syn) {
    env_.count(s.flags.rst ? Counter::kTcpResetNotExact : Counter::kTcpSynInConnection);
    send_ack(entry);
    return Verdict::kDone;
  }
  if (entry.has_timestamps && !s.options.timestamps) {
    env_.count(Counter::kTcpTimestampsMissing);  // RFC 7323 3.2
    return Verdict::kDone;
  }
  // Fifth: the acknowledgement of our SYN, or of something else.
  if (!s.flags.ack) {
    env_.count(Counter::kTcpNoAck);
    return Verdict::kDone;
  }
  if (s.ack != entry.iss + SeqLen{1}) {
    env_.count(Counter::kTcpAckOutOfRange);
    send_reset_for(env_, entry.tuple, s);
    return Verdict::kDone;
  }
  return Verdict::kEstablish;
}

void SynBacklog::on_timeout(HalfOpen& entry) {
  if (entry.timeouts == env_.settings.syn_ack_retries) {
    env_.count(Counter::kTcpHandshakeTimedOut);
    return drop(entry);
  }
  ++entry.timeouts;
  env_.count(Counter::kTcpSegmentsRetransmitted);
  repeat_syn_ack(entry);
  start_timer(entry);
}

void SynBacklog::drop(HalfOpen& entry) {
  env_.demux.erase(env_.demux.hash(entry.tuple), ref(entry));
  entries_.release(&entry);
}

}  // namespace sluice::tcp
