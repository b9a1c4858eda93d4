// TestSegment: a TCP segment as a test writes it down: numbers relative to each side's SYN, only what matters named.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "wire/ecn.h"
#include "wire/tcp_header.h"

namespace sluice::test {

// Sequence number 0 is the sender's SYN, 1 its first byte; an acknowledgement counts the same way on the other side.
// In expectations, what is not set is not compared (PSH never is).
struct TestSegment {
  std::optional<uint32_t> seq_number;
  std::optional<uint32_t> ack_number;
  wire::TcpFlags flags;
  std::optional<uint16_t> window_field;
  std::string bytes;
  wire::TcpOptions options;
  bool options_matter = false;
  wire::Ecn ecn = wire::Ecn::kNotCapable;  // of what the peer sends

  TestSegment seq(uint32_t n) const {
    return with([&](auto& s) { s.seq_number = n; });
  }
  TestSegment ack(uint32_t n) const {
    return with([&](auto& s) {
      s.ack_number = n;
      s.flags.ack = true;
    });
  }
  TestSegment text(std::string t) const {
    return with([&](auto& s) { s.bytes = std::move(t); });
  }
  TestSegment fin() const {
    return with([](auto& s) { s.flags.fin = true; });
  }
  TestSegment psh() const {
    return with([](auto& s) { s.flags.psh = true; });
  }
  TestSegment ece() const {
    return with([](auto& s) { s.flags.ece = true; });
  }
  TestSegment cwr() const {
    return with([](auto& s) { s.flags.cwr = true; });
  }
  // A router was congested.
  TestSegment marked() const {
    return with([](auto& s) { s.ecn = wire::Ecn::kCongestion; });
  }
  TestSegment window(uint16_t field) const {
    return with([&](auto& s) { s.window_field = field; });
  }
  TestSegment mss(uint16_t n) const {
    return with([&](auto& s) { s.options.mss = n, s.options_matter = true; });
  }
  TestSegment scale(uint8_t n) const {
    return with([&](auto& s) { s.options.window_scale = n, s.options_matter = true; });
  }
  TestSegment timestamps(uint32_t tsval, uint32_t tsecr) const {
    return with([&](auto& s) { s.options.timestamps = {tsval, tsecr}, s.options_matter = true; });
  }
  TestSegment sack_permitted() const {
    return with([](auto& s) { s.options.sack_permitted = true, s.options_matter = true; });
  }
  // Blocks [left, right), counted as an acknowledgement is.
  TestSegment sack(std::initializer_list<wire::SackBlock> blocks) const {
    return with([&](auto& s) {
      std::copy(blocks.begin(), blocks.end(), s.options.sack.begin());
      s.options.sack_count = static_cast<uint8_t>(blocks.size());
      s.options_matter = true;
    });
  }
  // Expected to carry no options at all.
  TestSegment no_options() const {
    return with([](auto& s) { s.options = {}, s.options_matter = true; });
  }

 private:
  template <typename Change>
  TestSegment with(Change&& change) const {
    TestSegment copy = *this;
    change(copy);
    return copy;
  }
};

inline TestSegment syn() {
  return {.seq_number = 0, .flags = {.syn = true}};
}
inline TestSegment syn_ack() {
  return TestSegment{.seq_number = 0, .flags = {.syn = true}}.ack(1);
}
inline TestSegment rst(uint32_t seq) {
  return {.seq_number = seq, .flags = {.rst = true}};
}
// A segment with ACK: add text() or fin().
inline TestSegment seg(uint32_t seq, uint32_t ack) {
  return TestSegment{.seq_number = seq}.ack(ack);
}

}  // namespace sluice::test
