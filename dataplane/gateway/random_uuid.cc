#include "gateway/random_uuid.h"

#include <cstring>

namespace sluice::gateway {

using policy::Uuid;

Uuid random_uuid(std::array<uint8_t, 16> random) {
  random[6] = static_cast<uint8_t>((random[6] & 0x0f) | 0x40);
  random[8] = static_cast<uint8_t>((random[8] & 0x3f) | 0x80);
  return Uuid(random);
}

Uuid random_uuid(Random& random) {
  const std::array<uint64_t, 2> words = {random.next(), random.next()};
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return random_uuid(bytes);
}

std::string_view format(const Uuid& id, UuidText& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  char* end = out.data();
  for (size_t i = 0; i < id.bytes().size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *end++ = '-';
    *end++ = kDigits[id.bytes()[i] >> 4];
    *end++ = kDigits[id.bytes()[i] & 15];
  }
  return {out.data(), out.size()};
}

}  // namespace sluice::gateway
