// SegmentBuilder: one segment on its way out, in a fresh packet: header, options, text, checksum.
//
// Text is copied behind the header, which is right for every device, or hangs behind it as further buffers, for devices
// that take them and for text that is worth it.
#pragma once

#include <cstddef>
#include <span>

#include "packet/packet_chain.h"
#include "packet/packet_pool.h"
#include "tcp/four_tuple.h"
#include "tcp/segment_output.h"
#include "wire/tcp_header.h"

namespace sluice::tcp {

class SegmentBuilder {
 public:
  // Header and options. The ports of `header` are set from `tuple`. Without a packet (counted by the pool) the builder
  // is false.
  SegmentBuilder(PacketPool& packets, const FourTuple& tuple, wire::TcpHeader header);

  explicit operator bool() const { return static_cast<bool>(chain_.head()); }
  // All below REQUIRE that *this is true.

  // Room for text behind the header, uninitialised. Once, and not beside chain(). REQUIRES: it fits the pool's packets.
  std::span<std::byte> text(size_t bytes) { return chain_.head().append(bytes); }
  // Where text in other buffers is hung.
  PacketChain& chain() { return chain_; }
  // The device is to cut the text into segments of so many bytes.
  void cut_into(uint16_t text_bytes);
  // Fills in the checksum and hands the segment on. Once.
  void send(SegmentOutput& output, wire::Ecn ecn = wire::Ecn::kNotCapable);

 private:
  const FourTuple& tuple_;
  size_t header_bytes_ = 0;
  PacketChain chain_;
};

}  // namespace sluice::tcp
