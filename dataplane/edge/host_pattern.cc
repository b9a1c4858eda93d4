#include "edge/host_pattern.h"

#include <charconv>

#include "http/header_map.h"

namespace sluice::edge {

Authority Authority::split(std::string_view authority) {
  Authority split{authority, std::nullopt};
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');  // of an IPv6 address, whose colons lie before it
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const std::string_view digits = authority.substr(colon + 1);
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    split.host = authority.substr(0, colon);
    if (error == std::errc() && end == digits.data() + digits.size()) split.port = Port{port};
  }
  if (split.host.ends_with('.')) split.host.remove_suffix(1);
  return split;
}

HostPattern::HostPattern(std::string_view text) {
  const Authority authority = Authority::split(text);
  port_ = authority.port;
  std::string_view name = authority.host;
  if (name.starts_with('*')) {
    kind_ = Kind::kAnyFirst;
    name.remove_prefix(1);
  } else if (name.ends_with('*')) {
    kind_ = Kind::kAnyLast;
    name.remove_suffix(1);
  }
  name_ = name;
}

bool HostPattern::matches(const Authority& authority, Port default_port) const {
  if (port_ && *port_ != authority.port.value_or(default_port)) return false;
  const std::string_view host = authority.host;
  if (kind_ == Kind::kExact) return http::iequals(host, name_);
  // The wildcard stands for at least one character.
  if (host.size() <= name_.size()) return false;
  return http::iequals(
      kind_ == Kind::kAnyFirst ? host.substr(host.size() - name_.size()) : host.substr(0, name_.size()), name_);
}

}  // namespace sluice::edge
