// Observer: what the wire has shown of TCP, for stack_frames_fuzz.cc: the numbers that whoever listens on the link
// knows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fuzz/frames.h"
#include "tcp/four_tuple.h"

namespace sluice::fuzz {

inline constexpr size_t kMostFlows = 64;

// What the wire has shown of one direction of a flow: of the stack under test, or of the honest peer.
struct Shown {
  tcp::FourTuple tuple;  // `local` is whoever sends
  uint32_t iss = 0;
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint32_t tsval = 0;
};

class Observer {
 public:
  // Notes a frame on its way; others than TCP are passed over.
  void note(std::span<const std::byte> frame);
  // The flow that begins at `tuple.local`; nullptr: unseen.
  Shown* find(const tcp::FourTuple& tuple);
  // Whether the sender at `tuple.local` has begun a connection with this number.
  bool has_begun(const tcp::FourTuple& tuple, uint32_t iss) const;
  std::vector<Shown>& flows() { return flows_; }

 private:
  struct Beginning {
    tcp::FourTuple tuple;
    uint32_t iss;
  };
  std::vector<Shown> flows_;
  std::vector<Beginning> beginnings_;
};

// The ends of a packet and what stands behind its IP header; nothing unless it is TCP without extension headers.
struct Parsed {
  IpPair ends;
  wire::TcpHeader tcp;
};
inline std::optional<Parsed> parse_segment(std::span<const std::byte> frame) {
  const auto link = wire::parse_ethernet(frame);
  if (!link) return std::nullopt;
  const auto packet = frame.subspan(link->header_bytes);
  IpPair ends;
  size_t header_bytes = wire::Ipv6Header::kBytes;
  if (const auto v4 = wire::parse_ipv4(packet); v4.ok() && v4->header.protocol == wire::IpProtocol::kTcp) {
    ends = {v4->header.source, v4->header.destination};
    header_bytes = v4->header_bytes;
  } else if (const auto v6 = wire::parse_ipv6(packet); v6 && v6->next_header == wire::IpProtocol::kTcp) {
    ends = {v6->source, v6->destination};
  } else {
    return std::nullopt;
  }
  const auto tcp = wire::parse_tcp_header(packet.subspan(header_bytes));
  if (!tcp) return std::nullopt;
  return Parsed{ends, tcp->header};
}

inline void Observer::note(std::span<const std::byte> frame) {
  const auto segment = parse_segment(frame);
  if (!segment) return;
  const wire::TcpHeader& h = segment->tcp;
  const tcp::FourTuple tuple{{segment->ends.source, h.source_port}, {segment->ends.destination, h.destination_port}};
  Shown* shown = find(tuple);
  if (shown == nullptr) {
    if (flows_.size() == kMostFlows) return;
    shown = &flows_.emplace_back(Shown{.tuple = tuple});
  }
  if (h.flags.syn) {
    shown->iss = h.seq;
    beginnings_.push_back({tuple, h.seq});
  }
  if (h.flags.rst) return;
  shown->seq = h.seq;
  if (h.flags.ack) shown->ack = h.ack;
  if (h.options.timestamps) shown->tsval = h.options.timestamps->tsval;
}

inline Shown* Observer::find(const tcp::FourTuple& tuple) {
  const auto it = std::find_if(flows_.begin(), flows_.end(), [&](const Shown& s) { return s.tuple == tuple; });
  return it == flows_.end() ? nullptr : &*it;
}

inline bool Observer::has_begun(const tcp::FourTuple& tuple, uint32_t iss) const {
  return std::any_of(beginnings_.begin(), beginnings_.end(),
                     [&](const Beginning& b) { return b.tuple == tuple && b.iss == iss; });
}

}  // namespace sluice::fuzz
