#include "tcp/segment_builder.h"

#include <utility>

#include "wire/bytes.h"
#include "wire/checksum.h"

namespace sluice::tcp {

namespace {

constexpr uint8_t kTcpProtocol = 6;

}  // namespace

SegmentBuilder::SegmentBuilder(PacketPool& packets, const FourTuple& tuple, wire::TcpHeader header)
    : tuple_(tuple), chain_(packets.try_allocate()) {
  if (!*this) return;
  header.source_port = tuple.local.port;
  header.destination_port = tuple.remote.port;
  header_bytes_ = wire::tcp_header_bytes(header.options);
  wire::emit_tcp_header(header, chain_.head().append(header_bytes_));
}

void SegmentBuilder::cut_into(uint16_t text_bytes) {
  chain_.head().request_segmentation(static_cast<uint8_t>(header_bytes_), text_bytes);
}

void SegmentBuilder::send(SegmentOutput& output, wire::Ecn ecn) {
  Packet& packet = chain_.head();
  // The length in the pseudo-header of what a device cuts is the device's to add, segment by segment.
  const auto length = static_cast<uint32_t>(packet.is_cut_by_device() ? 0 : packet.total_size());
  auto sum = wire::pseudo_header_sum(tuple_.local.address, tuple_.remote.address, kTcpProtocol, length);
  const bool by_device = output.offloads().tcp_checksum;
  if (!by_device) packet.for_each_part([&](std::span<const std::byte> part) { sum.add(part); });
  wire::store_u16(packet.bytes().data() + wire::kTcpChecksumOffset, by_device ? sum.sum() : sum.checksum());
  output.send(tuple_.local.address, tuple_.remote.address, chain_.take(), ecn);
}

}  // namespace sluice::tcp
