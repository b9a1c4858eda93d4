#include "config/host_text.h"

#include <algorithm>
#include <charconv>

#include "sluice/ip_address.h"

namespace sluice::config {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

std::optional<Port> parse_port(std::string_view digits) {
  uint16_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Port{value};
}

// Cuts ":digits" off the end of `text`. False if what stands there is too large a number.
bool take_port(std::string_view& text, std::optional<Port>& port) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view digits = text.substr(colon + 1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return true;
  port = parse_port(digits);
  text = text.substr(0, colon);
  return port.has_value();
}

bool is_host_name(std::string_view name) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char)) return false;
  size_t start = 0;
  while (start < name.size()) {
    const size_t dot = std::min(name.find('.', start), name.size());
    if (dot == start || name[dot - 1] == '-') return false;
    start = dot + 1;
  }
  return true;
}

std::optional<HostText> parse_v6(std::string_view text, std::string& problem) {
  problem = "invalid ipv6 address: " + std::string(text);
  std::string_view address = text;
  std::optional<Port> port;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    address = text.substr(1, close - 1);
    std::string_view rest = text.substr(close + 1);
    if (!rest.empty()) {
      if (!take_port(rest, port)) problem = "invalid port number";
      if (!port || !rest.empty()) return std::nullopt;
    }
  }
  if (address.find(':') == std::string_view::npos || !IpAddress::parse(address)) return std::nullopt;
  return HostText{HostText::Kind::kV6, std::string(address), port};
}

}  // namespace

std::optional<HostText> parse_host(std::string_view text, std::string& problem) {
  if (std::count(text.begin(), text.end(), ':') > 1) return parse_v6(text, problem);
  std::string_view host = text;
  std::optional<Port> port;
  if (!take_port(host, port)) {
    problem = "invalid port number";
    return std::nullopt;
  }
  const bool numeric =
      !host.empty() && std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
  if (numeric) {
    if (IpAddress::parse(host)) return HostText{HostText::Kind::kV4, std::string(host), port};
    problem = "invalid ipv4 address: " + std::string(text);
    return std::nullopt;
  }
  if (is_host_name(host)) return HostText{HostText::Kind::kName, std::string(host), port};
  problem = "invalid hostname: " + std::string(text);
  return std::nullopt;
}

}  // namespace sluice::config
