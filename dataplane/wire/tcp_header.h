// TcpHeader: a TCP header with its options, parsed once into a validated value (RFC 9293 3.1, 7323, 2018).
//
// Pure: bytes in, value out, and back. The checksum is not looked at here; see checksum.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "sluice/units.h"

namespace sluice::wire {

struct TcpFlags {
  bool fin : 1 = false;
  bool syn : 1 = false;
  bool rst : 1 = false;
  bool psh : 1 = false;
  bool ack : 1 = false;
  bool urg : 1 = false;
  bool ece : 1 = false;
  bool cwr : 1 = false;
  bool operator==(const TcpFlags&) const = default;
};

struct TcpTimestamps {
  uint32_t tsval = 0;
  uint32_t tsecr = 0;
  bool operator==(const TcpTimestamps&) const = default;
};

// The sequence numbers [left, right) that arrived beyond the acknowledgement.
struct SackBlock {
  uint32_t left = 0;
  uint32_t right = 0;
  bool operator==(const SackBlock&) const = default;
};

struct TcpOptions {
  static constexpr size_t kMaxSackBlocks = 4;

  // The first three belong to SYNs: on other segments they are neither parsed nor to be emitted.
  std::optional<uint16_t> mss;          // bytes, as the peer said it: may be 0
  std::optional<uint8_t> window_scale;  // 0 to 14 (larger ones count as 14, RFC 7323 2.3)
  bool sack_permitted = false;
  std::optional<TcpTimestamps> timestamps;
  std::array<SackBlock, kMaxSackBlocks> sack{};
  uint8_t sack_count = 0;

  bool operator==(const TcpOptions&) const = default;
};

struct TcpHeader {
  static constexpr size_t kMinBytes = 20;
  static constexpr size_t kMaxBytes = 60;

  Port source_port;
  Port destination_port;
  uint32_t seq = 0;
  uint32_t ack = 0;
  TcpFlags flags;
  uint16_t window = 0;  // as on the wire, not scaled
  uint16_t checksum = 0;
  uint16_t urgent_pointer = 0;
  TcpOptions options;

  bool operator==(const TcpHeader&) const = default;
};

struct ParsedTcpHeader {
  TcpHeader header;
  uint8_t header_bytes = 0;  // where the payload begins: 20 to 60, never beyond the segment
  // An option's length was 0, 1 or ran past the header. What stood before it is kept, the rest was ignored.
  bool malformed_options = false;
};

// Parses the header at the front of `segment`. Nothing when the segment is shorter than its header says or the data
// offset is below 5. Options of unknown kind, or of a known kind with a wrong length, are skipped; of two of a kind the
// later counts.
std::optional<ParsedTcpHeader> parse_tcp_header(std::span<const std::byte> segment);

// Bytes that emit_tcp_header() writes for a header with these options, a multiple of 4.
size_t tcp_header_bytes(const TcpOptions& options);

// How many SACK blocks fit beside the other options (RFC 2018 3: three with timestamps, else four).
size_t sack_blocks_that_fit(const TcpOptions& options);

// Writes the header at the front of `out` and returns its size. The checksum field holds header.checksum; SACK blocks
// that do not fit are left out. REQUIRES: out.size() >= tcp_header_bytes(header.options).
size_t emit_tcp_header(const TcpHeader& header, std::span<std::byte> out);

// The place of the checksum in the header, for whoever fills it in afterwards.
inline constexpr size_t kTcpChecksumOffset = 16;

}  // namespace sluice::wire
