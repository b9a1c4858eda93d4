#include "wire/tcp_header.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "wire/bytes.h"

namespace sluice::wire {

namespace {

// IANA "TCP Option Kind Numbers"; lengths include kind and length.
enum OptionKind : uint8_t {
  kEndOfOptions = 0,
  kNoOperation = 1,
  kMss = 2,
  kWindowScale = 3,
  kSackPermitted = 4,
  kSack = 5,
  kTimestamps = 8,
};
constexpr size_t kMssBytes = 4;
constexpr size_t kWindowScaleBytes = 3;
constexpr size_t kSackPermittedBytes = 2;
constexpr size_t kSackHeadBytes = 2;
constexpr size_t kSackBlockBytes = 8;
constexpr size_t kTimestampsBytes = 10;
constexpr uint8_t kMaxWindowScale = 14;

TcpFlags flags_from(uint8_t byte) {
  return {.fin = (byte & 0x01) != 0,
          .syn = (byte & 0x02) != 0,
          .rst = (byte & 0x04) != 0,
          .psh = (byte & 0x08) != 0,
          .ack = (byte & 0x10) != 0,
          .urg = (byte & 0x20) != 0,
          .ece = (byte & 0x40) != 0,
          .cwr = (byte & 0x80) != 0};
}

uint8_t to_byte(TcpFlags f) {
  return static_cast<uint8_t>(f.fin << 0 | f.syn << 1 | f.rst << 2 | f.psh << 3 | f.ack << 4 | f.urg << 5 | f.ece << 6 |
                              f.cwr << 7);
}

// `body`: the option without kind and length.
void parse_option(uint8_t kind, ByteReader body, bool syn, TcpOptions& options) {
  const size_t bytes = body.left() + 2;
  switch (kind) {
    case kMss:
      if (syn && bytes == kMssBytes) options.mss = body.u16();
      break;
    case kWindowScale:
      if (syn && bytes == kWindowScaleBytes) options.window_scale = std::min(body.u8(), kMaxWindowScale);
      break;
    case kSackPermitted:
      if (syn && bytes == kSackPermittedBytes) options.sack_permitted = true;
      break;
    case kSack: {
      const size_t blocks = body.left() / kSackBlockBytes;
      if (body.left() % kSackBlockBytes != 0 || blocks > TcpOptions::kMaxSackBlocks) break;
      options.sack = {};
      options.sack_count = static_cast<uint8_t>(blocks);
      for (size_t i = 0; i < blocks; ++i) {
        const uint32_t left = body.u32();
        options.sack[i] = {left, body.u32()};
      }
      break;
    }
    case kTimestamps:
      if (bytes == kTimestampsBytes) {
        const uint32_t tsval = body.u32();
        options.timestamps = TcpTimestamps{tsval, body.u32()};
      }
      break;
    default:
      break;
  }
}

// False when a length is 0, 1 or runs past the end. Each turn consumes at least one byte, so it ends.
bool parse_options(std::span<const std::byte> bytes, bool syn, TcpOptions& options) {
  ByteReader reader(bytes);
  while (reader.left() > 0) {
    const uint8_t kind = reader.u8();
    if (kind == kEndOfOptions) return true;
    if (kind == kNoOperation) continue;
    const size_t length = reader.u8();
    if (length < 2) return false;
    const auto body = reader.take(length - 2);
    if (!reader.ok()) return false;
    parse_option(kind, ByteReader(body), syn, options);
  }
  return true;
}

// The options that precede the SACK blocks, each padded to 4 bytes.
size_t fixed_option_bytes(const TcpOptions& o) {
  size_t bytes = 0;
  if (o.mss) bytes += kMssBytes;
  if (o.window_scale) bytes += 1 + kWindowScaleBytes;
  if (o.timestamps) {
    bytes += 2 + kTimestampsBytes;
  } else if (o.sack_permitted) {
    bytes += 2 + kSackPermittedBytes;
  }
  return bytes;
}

std::byte* put_head(std::byte* at, uint8_t kind, size_t length) {
  at[0] = static_cast<std::byte>(kind);
  at[1] = static_cast<std::byte>(length);
  return at + 2;
}

std::byte* put_padding(std::byte* at, size_t n) {
  return std::fill_n(at, n, std::byte{kNoOperation});
}

std::byte* put_sack(std::byte* at, std::span<const SackBlock> blocks) {
  at = put_head(put_padding(at, 2), kSack, kSackHeadBytes + blocks.size() * kSackBlockBytes);
  for (const SackBlock& block : blocks) {
    store_u32(at, block.left);
    store_u32(at + 4, block.right);
    at += kSackBlockBytes;
  }
  return at;
}

// SACK-permitted takes the place of the padding before the timestamps when both are there.
void put_options(std::byte* at, const TcpOptions& o) {
  if (o.mss) {
    at = put_head(at, kMss, kMssBytes);
    store_u16(at, *o.mss);
    at += 2;
  }
  if (o.window_scale) {
    at = put_head(put_padding(at, 1), kWindowScale, kWindowScaleBytes);
    *at++ = static_cast<std::byte>(*o.window_scale);
  }
  if (o.sack_permitted) {
    if (!o.timestamps) at = put_padding(at, 2);
    at = put_head(at, kSackPermitted, kSackPermittedBytes);
  }
  if (o.timestamps) {
    if (!o.sack_permitted) at = put_padding(at, 2);
    at = put_head(at, kTimestamps, kTimestampsBytes);
    store_u32(at, o.timestamps->tsval);
    store_u32(at + 4, o.timestamps->tsecr);
    at += 8;
  }
  if (const size_t blocks = std::min<size_t>(o.sack_count, sack_blocks_that_fit(o)); blocks > 0) {
    put_sack(at, std::span(o.sack).first(blocks));
  }
}

}  // namespace

std::optional<ParsedTcpHeader> parse_tcp_header(std::span<const std::byte> segment) {
  if (segment.size() < TcpHeader::kMinBytes) return std::nullopt;
  ByteReader reader(segment);
  ParsedTcpHeader parsed;
  TcpHeader& h = parsed.header;
  h.source_port = Port{reader.u16()};
  h.destination_port = Port{reader.u16()};
  h.seq = reader.u32();
  h.ack = reader.u32();
  const size_t header_bytes = size_t{reader.u8()} / 16 * 4;
  h.flags = flags_from(reader.u8());
  h.window = reader.u16();
  h.checksum = reader.u16();
  h.urgent_pointer = reader.u16();
  if (header_bytes < TcpHeader::kMinBytes || header_bytes > segment.size()) return std::nullopt;
  parsed.header_bytes = static_cast<uint8_t>(header_bytes);
  const auto options = segment.subspan(TcpHeader::kMinBytes, header_bytes - TcpHeader::kMinBytes);
  parsed.malformed_options = !parse_options(options, h.flags.syn, h.options);
  return parsed;
}

size_t sack_blocks_that_fit(const TcpOptions& options) {
  const size_t room = TcpHeader::kMaxBytes - TcpHeader::kMinBytes - fixed_option_bytes(options);
  return room < 2 + kSackHeadBytes
             ? 0
             : std::min((room - 2 - kSackHeadBytes) / kSackBlockBytes, TcpOptions::kMaxSackBlocks);
}

size_t tcp_header_bytes(const TcpOptions& options) {
  size_t bytes = TcpHeader::kMinBytes + fixed_option_bytes(options);
  if (const size_t blocks = std::min<size_t>(options.sack_count, sack_blocks_that_fit(options)); blocks > 0) {
    bytes += 2 + kSackHeadBytes + blocks * kSackBlockBytes;
  }
  return bytes;
}

size_t emit_tcp_header(const TcpHeader& h, std::span<std::byte> out) {
  const size_t bytes = tcp_header_bytes(h.options);
  std::byte* at = out.data();
  store_u16(at, h.source_port.value);
  store_u16(at + 2, h.destination_port.value);
  store_u32(at + 4, h.seq);
  store_u32(at + 8, h.ack);
  at[12] = static_cast<std::byte>(bytes / 4 << 4);
  at[13] = static_cast<std::byte>(to_byte(h.flags));
  store_u16(at + 14, h.window);
  store_u16(at + kTcpChecksumOffset, h.checksum);
  store_u16(at + 18, h.urgent_pointer);
  put_options(at + TcpHeader::kMinBytes, h.options);
  return bytes;
}

}  // namespace sluice::wire
