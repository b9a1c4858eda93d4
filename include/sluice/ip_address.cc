#include "sluice/ip_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace sluice {

namespace {

// inet_pton wants a terminated string; anything longer than the longest address is not one.
bool to_network(int family, std::string_view text, void* out) {
  char terminated[IpAddress::kMaxTextLength];
  if (text.empty() || text.size() >= sizeof terminated) return false;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  return std::strlen(terminated) == text.size() && inet_pton(family, terminated, out) == 1;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<uint8_t, 16> bytes{};
  if (text.find(':') != std::string_view::npos) {
    if (!to_network(AF_INET6, text, bytes.data())) return std::nullopt;
    return v6(bytes);
  }
  if (!to_network(AF_INET, text, bytes.data() + 12)) return std::nullopt;
  bytes[10] = bytes[11] = 0xff;
  return v6(bytes);
}

std::string_view IpAddress::format(std::span<char> out) const {
  const bool four = is_v4();
  const char* text = inet_ntop(four ? AF_INET : AF_INET6, bytes_.data() + (four ? 12 : 0), out.data(),
                               static_cast<socklen_t>(out.size()));
  return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string IpAddress::to_string() const {
  char text[kMaxTextLength];
  return std::string(format(text));
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const size_t slash = text.find('/');
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned most = address->is_v4() && text.find(':') == std::string_view::npos ? 32 : 128;
  unsigned length = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const bool whole = error == std::errc() && end == digits.data() + digits.size() && length <= most;
    // "/08" is no length to Kong, and octal to others.
    if (!whole || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  }
  Cidr cidr{*address, static_cast<uint8_t>(length + (128 - most))};
  std::array<uint8_t, 16> base = address->bytes();
  for (unsigned bit = cidr.length; bit < 128; ++bit) base[bit / 8] &= static_cast<uint8_t>(~(0x80u >> bit % 8));
  cidr.base = IpAddress::v6(base);
  return cidr;
}

bool Cidr::contains(const IpAddress& a) const {
  const auto& want = base.bytes();
  const auto& have = a.bytes();
  const unsigned whole = length / 8;
  if (std::memcmp(want.data(), have.data(), whole) != 0) return false;
  const unsigned rest = length % 8;
  if (rest == 0) return true;
  const uint8_t mask = static_cast<uint8_t>(0xff00u >> rest);
  return (want[whole] & mask) == (have[whole] & mask);
}

std::string Cidr::to_string() const {
  const bool four = base.is_v4() && length >= 96;
  return base.to_string() + "/" + std::to_string(four ? length - 96 : length);
}

}  // namespace sluice
