// TCP headers from any bytes: parsing ends, stays inside the segment, and what it says survives emit and parse.
#include <cstdint>
#include <cstdlib>

#include "support/bytes.h"
#include "wire/tcp_header.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice::wire;
  const auto parsed = parse_tcp_header(std::as_bytes(std::span(data, size)));
  if (!parsed) return 0;
  check(parsed->header_bytes >= TcpHeader::kMinBytes && parsed->header_bytes <= TcpHeader::kMaxBytes);
  check(parsed->header_bytes <= size);
  check(!parsed->header.options.window_scale || *parsed->header.options.window_scale <= 14);

  TcpHeader header = parsed->header;
  check(header.options.sack_count <= TcpOptions::kMaxSackBlocks);
  // Packed without padding, a stranger's options may hold more blocks than ours do.
  const auto fit = static_cast<uint8_t>(sack_blocks_that_fit(header.options));
  for (size_t i = fit; i < header.options.sack_count; ++i) header.options.sack[i] = {};
  header.options.sack_count = std::min(header.options.sack_count, fit);

  sluice::test::Bytes out(TcpHeader::kMaxBytes);
  const size_t bytes = emit_tcp_header(header, out);
  check(bytes == tcp_header_bytes(header.options));
  const auto again = parse_tcp_header(std::span(out).first(bytes));
  check(again && again->header == header && again->header_bytes == bytes && !again->malformed_options);
  return 0;
}
