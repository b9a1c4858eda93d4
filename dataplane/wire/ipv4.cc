#include "wire/ipv4.h"

#include "base/byte_reader.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

namespace sluice::wire {

namespace {

constexpr uint16_t kDontFragment = 0x4000;
constexpr uint16_t kMoreFragments = 0x2000;
constexpr uint16_t kOffsetMask = 0x1fff;
constexpr size_t kChecksumOffset = 10;

// RFC 791 3.1: the two options of one byte; all others have a length, which counts their type and itself.
constexpr uint8_t kEndOfOptions = 0;
constexpr uint8_t kNoOperation = 1;
constexpr uint8_t kLooseSourceRoute = 131;
constexpr uint8_t kStrictSourceRoute = 137;

// The fields, of which only version and header length are held against `bytes`.
std::optional<ParsedIpv4> parse_fields(std::span<const std::byte> bytes) {
  if (bytes.size() < Ipv4Header::kMinBytes) return std::nullopt;
  ByteReader reader(bytes);
  ParsedIpv4 parsed;
  Ipv4Header& h = parsed.header;
  const uint8_t version_and_length = reader.u8();
  parsed.header_bytes = static_cast<uint8_t>((version_and_length & 0x0f) * 4);
  h.traffic_class = reader.u8();
  h.total_length = reader.u16();
  h.identification = reader.u16();
  const uint16_t fragment = reader.u16();
  h.dont_fragment = (fragment & kDontFragment) != 0;
  h.more_fragments = (fragment & kMoreFragments) != 0;
  h.fragment_offset = static_cast<uint16_t>((fragment & kOffsetMask) * 8);
  h.ttl = reader.u8();
  h.protocol = IpProtocol{reader.u8()};
  reader.u16();  // checksum
  h.source = IpAddress::v4(reader.u32());
  h.destination = IpAddress::v4(reader.u32());
  if (version_and_length >> 4 != 4 || parsed.header_bytes < Ipv4Header::kMinBytes) return std::nullopt;
  if (parsed.header_bytes > bytes.size() || parsed.header_bytes > h.total_length) return std::nullopt;
  return parsed;
}

// body: behind the length. The pointer counts from the option's type on, beginning with 1: beyond the length there is
// no hop left.
std::optional<Ipv4Fault> check_route(std::span<const std::byte> body, uint8_t length) {
  if (body.empty()) return Ipv4Fault::kMalformed;
  const auto pointer = static_cast<uint8_t>(body[0]);
  return pointer > length ? std::nullopt : std::optional(Ipv4Fault::kSourceRoute);
}

std::optional<Ipv4Fault> check_options(std::span<const std::byte> bytes) {
  ByteReader options(bytes);
  while (options.left() > 0) {
    const uint8_t type = options.u8();
    if (type == kEndOfOptions) break;
    if (type == kNoOperation) continue;
    const uint8_t length = options.u8();
    if (length < 2) return Ipv4Fault::kMalformed;
    const auto body = options.take(length - size_t{2});
    if (!options.ok()) return Ipv4Fault::kMalformed;
    if (type != kLooseSourceRoute && type != kStrictSourceRoute) continue;
    if (const auto fault = check_route(body, length)) return fault;
  }
  return std::nullopt;
}

}  // namespace

Result<ParsedIpv4, Ipv4Fault> parse_ipv4(std::span<const std::byte> packet) {
  const auto parsed = parse_fields(packet);
  if (!parsed) return Ipv4Fault::kMalformed;
  if (internet_checksum(packet.first(parsed->header_bytes)) != 0) return Ipv4Fault::kBadChecksum;
  if (parsed->header.total_length > packet.size()) return Ipv4Fault::kTruncated;
  const auto options = packet.first(parsed->header_bytes).subspan(Ipv4Header::kMinBytes);
  if (const auto fault = check_options(options)) return *fault;
  return *parsed;
}

std::optional<ParsedIpv4> parse_quoted_ipv4(std::span<const std::byte> quote) {
  return parse_fields(quote);
}

void emit_ipv4(const Ipv4Header& h, bool with_checksum, std::span<std::byte> out) {
  std::byte* at = out.data();
  at[0] = std::byte{0x45};
  at[1] = std::byte{h.traffic_class};
  store_u16(at + 2, h.total_length);
  store_u16(at + 4, h.identification);
  store_u16(at + 6, static_cast<uint16_t>((h.dont_fragment ? kDontFragment : 0) |
                                          (h.more_fragments ? kMoreFragments : 0) | h.fragment_offset / 8));
  at[8] = std::byte{h.ttl};
  at[9] = static_cast<std::byte>(h.protocol);
  store_u16(at + kChecksumOffset, 0);
  store_u32(at + 12, h.source.v4_host_order());
  store_u32(at + 16, h.destination.v4_host_order());
  if (with_checksum) store_u16(at + kChecksumOffset, internet_checksum(out.first(Ipv4Header::kMinBytes)));
}

}  // namespace sluice::wire
