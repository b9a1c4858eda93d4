// SeqNum and SeqLen: a point in sequence space and a distance in it (RFC 9293 3.4). All arithmetic is modulo 2^32.
//
// Comparisons mean "before" and "after" and hold while two points are less than 2^31 apart, which windows guarantee.
#pragma once

#include <compare>
#include <cstdint>

namespace sluice::tcp {

// A number of sequence numbers: bytes of text, with one more for SYN and for FIN.
struct SeqLen {
  uint32_t value = 0;
  constexpr auto operator<=>(const SeqLen&) const = default;
};

constexpr SeqLen operator+(SeqLen a, SeqLen b) {
  return {a.value + b.value};
}
constexpr SeqLen operator-(SeqLen a, SeqLen b) {
  return {a.value - b.value};
}

class SeqNum {
 public:
  constexpr SeqNum() = default;
  constexpr explicit SeqNum(uint32_t value) : value_(value) {}

  // As on the wire, in host order.
  constexpr uint32_t raw() const { return value_; }

  constexpr SeqNum& operator+=(SeqLen n) {
    value_ += n.value;
    return *this;
  }
  friend constexpr SeqNum operator+(SeqNum a, SeqLen n) { return SeqNum(a.value_ + n.value); }
  friend constexpr SeqNum operator-(SeqNum a, SeqLen n) { return SeqNum(a.value_ - n.value); }
  // How far `a` is ahead of `b`. REQUIRES: b <= a.
  friend constexpr SeqLen operator-(SeqNum a, SeqNum b) { return {a.value_ - b.value_}; }

  constexpr bool operator==(const SeqNum&) const = default;
  friend constexpr bool operator<(SeqNum a, SeqNum b) { return signed_distance(b, a) < 0; }
  friend constexpr bool operator>(SeqNum a, SeqNum b) { return b < a; }
  friend constexpr bool operator<=(SeqNum a, SeqNum b) { return !(b < a); }
  friend constexpr bool operator>=(SeqNum a, SeqNum b) { return !(a < b); }

 private:
  static constexpr int32_t signed_distance(SeqNum from, SeqNum to) {
    return static_cast<int32_t>(to.value_ - from.value_);
  }

  uint32_t value_ = 0;
};

constexpr SeqNum max(SeqNum a, SeqNum b) {
  return a < b ? b : a;
}
constexpr SeqNum min(SeqNum a, SeqNum b) {
  return a < b ? a : b;
}

}  // namespace sluice::tcp
