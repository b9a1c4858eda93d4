#include "tcp/segment_builder.h"

#include <utility>

#include "wire/bytes.h"
#include "wire/checksum.h"

namespace sluice::tcp {

namespace {

constexpr uint8_t kTcpProtocol = 6;

}  // namespace

SegmentBuilder::SegmentBuilder(PacketPool& packets, const FourTuple& tuple, wire::TcpHeader header, size_t text_bytes)
    : tuple_(tuple), packet_(packets.try_allocate()) {
  if (!packet_) return;
  header.source_port = tuple.local.port;
  header.destination_port = tuple.remote.port;
  header_bytes_ = wire::tcp_header_bytes(header.options);
  wire::emit_tcp_header(header, packet_.append(header_bytes_ + text_bytes));
}

void SegmentBuilder::send(SegmentOutput& output) {
  const auto bytes = packet_.bytes();
  auto sum = wire::pseudo_header_sum(tuple_.local.address, tuple_.remote.address, kTcpProtocol,
                                     static_cast<uint32_t>(bytes.size()));
  if (output.offloads().tcp_checksum) {
    wire::store_u16(bytes.data() + wire::kTcpChecksumOffset, sum.sum());
  } else {
    sum.add(bytes);
    wire::store_u16(bytes.data() + wire::kTcpChecksumOffset, sum.checksum());
  }
  output.send(tuple_.local.address, tuple_.remote.address, std::move(packet_));
}

}  // namespace sluice::tcp
