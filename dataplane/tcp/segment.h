// Segment: one that has arrived, parsed, with its text; and the numbers RFC 9293 calls SEG.SEQ, SEG.LEN and so on.
//
// Lives on the stack while it is processed; the text is taken out of it by the receiver.
#pragma once

#include <cstddef>
#include <utility>

#include "packet/packet.h"
#include "tcp/seq_num.h"
#include "wire/ecn.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

struct Segment {
  SeqNum seq;
  SeqNum ack;
  uint16_t window = 0;  // as on the wire, not scaled
  wire::TcpFlags flags;
  wire::TcpOptions options;
  Packet text;  // the payload alone; may be empty, is a packet until the receiver takes it
  wire::Ecn ecn = wire::Ecn::kNotCapable;
  bool bare;      // it arrived without text, SYN or FIN
  bool with_syn;  // it arrived with a SYN, which may have been trimmed since

  Segment(const wire::TcpHeader& header, Packet payload)
      : seq(header.seq),
        ack(header.ack),
        window(header.window),
        flags(header.flags),
        options(header.options),
        text(std::move(payload)),
        bare(text.size() == 0 && !flags.syn && !flags.fin),
        with_syn(flags.syn) {}

  uint32_t text_bytes() const { return static_cast<uint32_t>(text.size()); }
  // SEG.LEN: text, and one each for SYN and FIN.
  SeqLen length() const { return {text_bytes() + (flags.syn ? 1u : 0u) + (flags.fin ? 1u : 0u)}; }
  SeqNum end() const { return seq + length(); }

  // SEG.WND in bytes. That of a SYN is never scaled (RFC 7323 2.2), whatever text came beside it.
  uint32_t window_bytes(uint8_t shift) const { return with_syn ? window : uint32_t{window} << shift; }

  // Drops the sequence numbers before `from`. REQUIRES: seq <= from <= end().
  void trim_before(SeqNum from) {
    SeqLen drop = from - seq;
    seq = from;
    if (drop.value > 0 && flags.syn) {
      flags.syn = false;
      drop = drop - SeqLen{1};
    }
    if (drop.value > text_bytes()) {
      flags.fin = false;
      drop = SeqLen{text_bytes()};
    }
    text.trim_front(drop.value);
  }

  // Drops the sequence numbers at and after `from`. REQUIRES: !flags.syn, seq <= from <= end().
  void trim_from(SeqNum from) {
    SeqLen drop = end() - from;
    if (drop.value > 0 && flags.fin) {
      flags.fin = false;
      drop = drop - SeqLen{1};
    }
    text.trim_back(drop.value);
  }
};

}  // namespace sluice::tcp
