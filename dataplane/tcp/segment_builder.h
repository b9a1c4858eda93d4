// SegmentBuilder: one segment on its way out, in a fresh packet: header, options, text copied behind them, checksum.
//
// Text is copied into the packet rather than chained to it: that is right for every device.
#pragma once

#include <cstddef>
#include <span>

#include "packet/packet_pool.h"
#include "tcp/four_tuple.h"
#include "tcp/segment_output.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

class SegmentBuilder {
 public:
  // Header and room for `text_bytes` of text. The ports of `header` are set from `tuple`. Without a packet (counted by
  // the pool) the builder is false.
  SegmentBuilder(PacketPool& packets, const FourTuple& tuple, wire::TcpHeader header, size_t text_bytes = 0);

  explicit operator bool() const { return static_cast<bool>(packet_); }
  // Where the text goes. REQUIRES: *this is true, as does send().
  std::span<std::byte> text() { return packet_.bytes().subspan(header_bytes_); }
  // Fills in the checksum and hands the segment on. Once.
  void send(SegmentOutput& output);

 private:
  const FourTuple& tuple_;
  Packet packet_;
  size_t header_bytes_ = 0;
};

}  // namespace sluice::tcp
