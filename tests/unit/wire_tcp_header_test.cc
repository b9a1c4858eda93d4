#include "wire/tcp_header.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "support/bytes.h"

namespace sluice::wire {
namespace {

using test::Bytes;
using test::from_hex;

// A segment with these flags and options (a multiple of 4 bytes), and two bytes of payload.
Bytes segment(const std::string& flags, const std::string& options) {
  const Bytes option_bytes = from_hex(options);
  Bytes bytes = from_hex("c350 0050 01020304 05060708 00" + flags + "ffff abcd 0011");
  bytes[12] = static_cast<std::byte>((20 + option_bytes.size()) / 4 << 4);
  bytes.insert(bytes.end(), option_bytes.begin(), option_bytes.end());
  bytes.insert(bytes.end(), {std::byte{'h'}, std::byte{'i'}});
  return bytes;
}
constexpr const char* kSyn = "02";
constexpr const char* kAck = "10";

TEST(TcpHeader, Plain_IsParsed) {
  const auto parsed = parse_tcp_header(segment("12", ""));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header, (TcpHeader{.source_port = Port{50000},
                                       .destination_port = Port{80},
                                       .seq = 0x01020304,
                                       .ack = 0x05060708,
                                       .flags = {.syn = true, .ack = true},
                                       .window = 0xffff,
                                       .checksum = 0xabcd,
                                       .urgent_pointer = 0x0011}));
  EXPECT_EQ(parsed->header_bytes, 20);
  EXPECT_FALSE(parsed->malformed_options);
}

TEST(TcpHeader, EveryFlag_HasItsBit) {
  EXPECT_EQ(parse_tcp_header(segment("01", ""))->header.flags, (TcpFlags{.fin = true}));
  EXPECT_EQ(parse_tcp_header(segment("02", ""))->header.flags, (TcpFlags{.syn = true}));
  EXPECT_EQ(parse_tcp_header(segment("04", ""))->header.flags, (TcpFlags{.rst = true}));
  EXPECT_EQ(parse_tcp_header(segment("08", ""))->header.flags, (TcpFlags{.psh = true}));
  EXPECT_EQ(parse_tcp_header(segment("10", ""))->header.flags, (TcpFlags{.ack = true}));
  EXPECT_EQ(parse_tcp_header(segment("20", ""))->header.flags, (TcpFlags{.urg = true}));
  EXPECT_EQ(parse_tcp_header(segment("40", ""))->header.flags, (TcpFlags{.ece = true}));
  EXPECT_EQ(parse_tcp_header(segment("80", ""))->header.flags, (TcpFlags{.cwr = true}));
}

TEST(TcpHeader, DataOffset_BelowFiveOrBeyondTheSegmentIsRefused) {
  for (unsigned offset = 0; offset < 16; ++offset) {
    Bytes bytes = segment(kAck, "01010101 01010101");
    bytes[12] = static_cast<std::byte>(offset << 4);
    EXPECT_EQ(parse_tcp_header(bytes).has_value(), offset >= 5 && offset * 4 <= bytes.size()) << offset;
  }
}

TEST(TcpHeader, Truncated_IsRefused) {
  const Bytes bytes = segment(kSyn, "020405b4");
  for (size_t n = 0; n < 24; ++n) EXPECT_FALSE(parse_tcp_header(std::span(bytes).first(n))) << n;
  EXPECT_TRUE(parse_tcp_header(std::span(bytes).first(24)));
}

TEST(TcpOptions, SynOfLinux_IsParsed) {
  const auto parsed = parse_tcp_header(segment(kSyn, "020405b4 0402 080a 11223344 00000000 01 030307"));
  ASSERT_TRUE(parsed);
  const TcpOptions& o = parsed->header.options;
  EXPECT_EQ(o.mss, 1460);
  EXPECT_EQ(o.window_scale, 7);
  EXPECT_TRUE(o.sack_permitted);
  EXPECT_EQ(o.timestamps, (TcpTimestamps{0x11223344, 0}));
  EXPECT_EQ(parsed->header_bytes, 40);
}

TEST(TcpOptions, SynOptionsOnOtherSegments_AreIgnored) {
  const TcpOptions o = parse_tcp_header(segment(kAck, "020405b4 0402 0101 01 030307"))->header.options;
  EXPECT_EQ(o, TcpOptions{});
}

TEST(TcpOptions, SackBlocks_AreParsed) {
  const TcpOptions o = parse_tcp_header(segment(kAck, "0101 0512 00000001 00000002 00000003 00000004"))->header.options;
  ASSERT_EQ(o.sack_count, 2);
  EXPECT_EQ(o.sack[0], (SackBlock{1, 2}));
  EXPECT_EQ(o.sack[1], (SackBlock{3, 4}));
}

TEST(TcpOptions, SecondSackOption_ReplacesTheFirstWhole) {
  const TcpOptions o =
      parse_tcp_header(segment(kAck, "0512 00000001 00000002 00000003 00000004 050a 00000005 00000006"))
          ->header.options;
  EXPECT_EQ(o.sack_count, 1);
  EXPECT_EQ(o.sack[0], (SackBlock{5, 6}));
  EXPECT_EQ(o.sack[1], SackBlock{});
}

TEST(TcpOptions, WindowScaleAbove14_CountsAs14) {
  EXPECT_EQ(parse_tcp_header(segment(kSyn, "01 0303ff"))->header.options.window_scale, 14);
}

TEST(TcpOptions, UnknownKind_IsSteppedOver) {
  const auto parsed = parse_tcp_header(segment(kSyn, "fd06 01020304 0101 0204 05b4"));
  EXPECT_EQ(parsed->header.options.mss, 1460);
  EXPECT_FALSE(parsed->malformed_options);
}

TEST(TcpOptions, AfterTheEnd_NothingIsRead) {
  const auto parsed = parse_tcp_header(segment(kSyn, "00 020405b4 000000"));
  EXPECT_EQ(parsed->header.options.mss, std::nullopt);
  EXPECT_FALSE(parsed->malformed_options);
}

struct BadOptions {
  const char* options;
  bool malformed;
  const char* why;
};

class TcpBadOptions : public ::testing::TestWithParam<BadOptions> {};

TEST_P(TcpBadOptions, EndTheListAndKeepWhatStoodBefore) {
  const auto parsed = parse_tcp_header(segment(kSyn, std::string("020405b4") + GetParam().options));
  ASSERT_TRUE(parsed) << GetParam().why;
  EXPECT_EQ(parsed->header.options, (TcpOptions{.mss = 1460})) << GetParam().why;
  EXPECT_EQ(parsed->malformed_options, GetParam().malformed) << GetParam().why;
}

INSTANTIATE_TEST_SUITE_P(Cases, TcpBadOptions,
                         ::testing::Values(BadOptions{"0300 0000", true, "length 0 must not loop for ever"},
                                           BadOptions{"0301 0303", true, "length 1 is shorter than its own two bytes"},
                                           BadOptions{"080a 1122", true, "runs past the header"},
                                           BadOptions{"010101 08", true, "kind without length at the very end"},
                                           BadOptions{"03ff 0000", true, "as long as can be"},
                                           BadOptions{"0304 0700", false, "window scale of a wrong length"},
                                           BadOptions{"0403 0001", false, "SACK permitted of a wrong length"},
                                           BadOptions{"0506 00000000 0101", false, "half a SACK block"},
                                           BadOptions{"0502 0101", false, "no SACK block at all"},
                                           BadOptions{"0809 00000000 000000 010101", false,
                                                      "timestamps of a wrong length"}));

TEST(TcpOptions, MssOfWrongLength_IsIgnored) {
  EXPECT_EQ(parse_tcp_header(segment(kSyn, "0203 05 01"))->header.options.mss, std::nullopt);
}

TEST(TcpHeader, Emit_FillsFortyBytesOfOptionsAtMost) {
  TcpOptions o{.timestamps = TcpTimestamps{1, 2}, .sack_count = 4};
  EXPECT_EQ(sack_blocks_that_fit(o), 3u);
  EXPECT_EQ(tcp_header_bytes(o), 60u);
  o.timestamps.reset();
  EXPECT_EQ(sack_blocks_that_fit(o), 4u);
  EXPECT_EQ(tcp_header_bytes(o), 56u);
}

TEST(TcpHeader, Emit_SynIsFortyBytes) {
  const TcpOptions o{.mss = 1460, .window_scale = 7, .sack_permitted = true, .timestamps = TcpTimestamps{1, 0}};
  EXPECT_EQ(tcp_header_bytes(o), 40u);
}

TcpHeader random_header(Random& random) {
  TcpHeader h{.source_port = Port{static_cast<uint16_t>(random.next())},
              .destination_port = Port{static_cast<uint16_t>(random.next())},
              .seq = static_cast<uint32_t>(random.next()),
              .ack = static_cast<uint32_t>(random.next()),
              .flags = {.syn = random.below(2) == 0, .ack = random.below(2) == 0},
              .window = static_cast<uint16_t>(random.next()),
              .checksum = static_cast<uint16_t>(random.next()),
              .urgent_pointer = static_cast<uint16_t>(random.next())};
  TcpOptions& o = h.options;
  if (h.flags.syn) {
    if (random.below(2) == 0) o.mss = static_cast<uint16_t>(random.next());
    if (random.below(2) == 0) o.window_scale = static_cast<uint8_t>(random.below(15));
    o.sack_permitted = random.below(2) == 0;
  }
  if (random.below(2) == 0) {
    o.timestamps = TcpTimestamps{static_cast<uint32_t>(random.next()), static_cast<uint32_t>(random.next())};
  }
  o.sack_count = static_cast<uint8_t>(random.below(sack_blocks_that_fit(o) + 1));
  for (size_t i = 0; i < o.sack_count; ++i) {
    o.sack[i] = {static_cast<uint32_t>(random.next()), static_cast<uint32_t>(random.next())};
  }
  return h;
}

TEST(TcpHeader, Emit_IsReadBack) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    Random random(seed);
    const TcpHeader header = random_header(random);
    Bytes out(TcpHeader::kMaxBytes);
    const size_t bytes = emit_tcp_header(header, out);
    ASSERT_EQ(bytes, tcp_header_bytes(header.options));
    ASSERT_LE(bytes, TcpHeader::kMaxBytes);
    const auto parsed = parse_tcp_header(std::span(out).first(bytes));
    ASSERT_TRUE(parsed) << "seed " << seed;
    ASSERT_EQ(parsed->header, header) << "seed " << seed;
    ASSERT_EQ(parsed->header_bytes, bytes);
    ASSERT_FALSE(parsed->malformed_options);
  }
}

}  // namespace
}  // namespace sluice::wire
