#include "support/tcp_host_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>

#include "net/ipv6_addresses.h"

namespace sluice::test {

namespace {

constexpr uint16_t kLeastIpv4Mtu = 68;    // RFC 791 3.2
constexpr uint16_t kLeastIpv6Mtu = 1280;  // RFC 8200 5
constexpr unsigned kIpv4Prefix = 96;      // bits before an IPv4 address in the 16-byte form

// The parts of a list between commas; an empty list has none.
template <typename Visit>
bool for_each_part(const char* list, Visit&& visit) {
  if (list == nullptr || *list == '\0') return true;
  for (std::string_view rest = list;;) {
    const size_t comma = rest.find(',');
    if (!visit(rest.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    rest.remove_prefix(comma + 1);
  }
}

std::optional<uint32_t> number_of(std::string_view text, uint32_t most) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > most) return std::nullopt;
  return number;
}

bool add_address(std::string_view text, TcpHostConfig& config) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const auto address = IpAddress::parse(text.substr(0, slash));
  const auto prefix = Cidr::parse(text);
  if (!address || !prefix) return false;
  config.port.addresses.push_back({*address, *prefix});
  return true;
}

bool add_route(std::string_view text, TcpHostConfig& config) {
  const size_t equals = std::min(text.find('='), text.size());
  const auto prefix = Cidr::parse(text.substr(0, equals));
  const auto via = IpAddress::parse(text.substr(std::min(equals + 1, text.size())));
  if (!prefix || !via) return false;
  config.routes.push_back({*prefix, *via, {}});
  return true;
}

// "TAG:ADDRESS/PREFIX", a network beside the first one on the port.
bool add_vlan(std::string_view text, TcpHostConfig& config) {
  const size_t colon = std::min(text.find(':'), text.size());
  const auto tag = number_of(text.substr(0, colon), 4094);
  TcpHostConfig network;
  if (!tag || *tag == 0 || colon == text.size() || !add_address(text.substr(colon + 1), network)) return false;
  config.vlans.push_back({.tag = static_cast<uint16_t>(*tag), .address = network.port.addresses[0]});
  return true;
}

// One "NAME=VALUE" of sluice_stack_create_with().
bool add_more(std::string_view text, TcpHostConfig& config) {
  const size_t equals = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(std::min(equals + 1, text.size()));
  if (name == "vlan") return add_vlan(value, config);
  if (name == "congestion") {
    config.tcp.congestion = value == "cubic" ? tcp::Congestion::kCubic : tcp::Congestion::kNewReno;
    return value == "cubic" || value == "newreno";
  }
  const auto number = number_of(value, UINT32_MAX);
  const auto flag = [&](bool& out) {
    out = number == 1u;
    return number && *number <= 1;
  };
  const auto count = [&](uint32_t& out) {
    out = number.value_or(0);
    return number.has_value();
  };
  if (name == "detection") return flag(config.port.ipv6.duplicate_address_detection);
  if (name == "routers") {
    bool used = false;
    if (!flag(used)) return false;
    config.port.ipv6.router_advertisements = static_cast<policy::RouterAdvertisements>(used);
    return true;
  }
  if (name == "ecn") return flag(config.tcp.ecn);
  if (name == "timestamps") return flag(config.tcp.timestamps);
  if (name == "window_scale") return flag(config.tcp.window_scale);
  if (name == "syn_retries") {
    config.tcp.syn_retries = static_cast<uint8_t>(number.value_or(0));
    return number && *number <= UINT8_MAX;
  }
  if (name == "challenge_acks") return count(config.tcp.challenge_acks_per_second);
  if (name == "resets") return count(config.tcp.resets_per_second);
  return false;
}

tcp::Settings tcp_settings(const sluice_stack_config& c) {
  tcp::Settings s;
  s.max_connections = c.max_connections;
  s.max_half_open = c.max_half_open;
  s.max_time_wait = c.max_time_wait;
  s.receive_buffer_bytes = c.receive_buffer_bytes;
  s.send_buffer_bytes = c.send_buffer_bytes;
  s.initial_rto = {c.initial_rto_ns};
  s.min_rto = {c.min_rto_ns};
  s.max_rto = {c.max_rto_ns};
  s.delayed_ack = {c.delayed_ack_ns};
  s.connect_timeout = {c.connect_timeout_ns};
  s.user_timeout = {c.user_timeout_ns};
  s.fin_wait_2 = {c.fin_wait_2_ns};
  s.time_wait = {c.time_wait_ns};
  s.keep_alive_idle = {c.keep_alive_idle_ns};
  s.keep_alive_interval = {c.keep_alive_interval_ns};
  s.keep_alive_probes = static_cast<uint8_t>(c.keep_alive_probes);
  s.syn_ack_retries = static_cast<uint8_t>(c.syn_ack_retries);
  s.nagle = c.nagle == 1;
  return s;
}

bool times_are_possible(const sluice_stack_config& c) {
  const auto [least, most] =
      std::minmax({c.initial_rto_ns, c.min_rto_ns, c.max_rto_ns, c.delayed_ack_ns, c.connect_timeout_ns,
                   c.user_timeout_ns, c.fin_wait_2_ns, c.time_wait_ns, c.keep_alive_interval_ns});
  return least > 0 && most <= SLUICE_LONGEST_NS && c.keep_alive_idle_ns >= 0 &&
         c.keep_alive_idle_ns <= SLUICE_LONGEST_NS && c.min_rto_ns <= c.max_rto_ns &&
         c.initial_rto_ns <= c.max_rto_ns && c.max_rto_ns <= SLUICE_LONGEST_RTO_NS &&
         c.time_wait_ns <= SLUICE_LONGEST_TIME_WAIT_NS;
}

bool numbers_are_possible(const sluice_stack_config& c) {
  constexpr uint32_t kMostEntries = 1u << 24;
  const bool entries = c.max_connections >= 1 && c.max_connections <= kMostEntries && c.max_half_open <= kMostEntries &&
                       c.max_time_wait <= kMostEntries && c.packets >= 1 && c.packets <= kMostEntries;
  const bool buffers = c.receive_buffer_bytes >= 1 && c.receive_buffer_bytes <= 1u << 30 && c.send_buffer_bytes >= 1;
  const bool frames = c.mtu >= kLeastIpv4Mtu && c.vlan < 4095 &&
                      c.mtu + size_t{wire::EthernetHeader::kMaxBytes} <= TcpHost::kLongestFrame;
  return entries && buffers && frames && c.keep_alive_probes >= 1 && c.keep_alive_probes <= 255 &&
         c.syn_ack_retries <= 255 && c.nagle <= 1;
}

// An address that one machine on the link `prefix` can have (RFC 1122 3.2.1.3, RFC 4291 2.4).
bool is_of_one_host(const IpAddress& address, const Cidr& prefix) {
  if (address.is_v4() != prefix.base.is_v4()) return false;
  if (!address.is_v4()) {
    return !address.is_unspecified() && address != net::kIpv6Loopback && !net::is_ipv6_group(address);
  }
  const uint32_t v4 = address.v4_host_order();
  if (v4 >> 24 == 0 || v4 >> 24 == 127 || v4 >= 0xe0000000) return false;
  const unsigned length = prefix.length - kIpv4Prefix;
  if (length >= 31) return true;  // RFC 3021: two hosts, and nobody else
  const uint32_t host_bits = UINT32_MAX >> length;
  return (v4 & host_bits) != 0 && (v4 & host_bits) != host_bits;
}

std::vector<policy::InterfaceAddress> own_addresses(const TcpHostConfig& config) {
  std::vector<policy::InterfaceAddress> own = config.port.addresses;
  for (const TcpHostConfig::Vlan& vlan : config.vlans) own.push_back(vlan.address);
  return own;
}

bool links_are_possible(const TcpHostConfig& config) {
  std::set<std::optional<uint16_t>> tags{config.port.vlan};
  for (const TcpHostConfig::Vlan& vlan : config.vlans) {
    if (!tags.insert(vlan.tag).second) return false;
  }
  std::set<IpAddress> addresses;
  for (const policy::InterfaceAddress& own : own_addresses(config)) {
    if (!is_of_one_host(own.address, own.prefix)) return false;
    if (!own.address.is_v4() && config.port.mtu < kLeastIpv6Mtu) return false;
    // The same link-local address may be ours on several links.
    if (!addresses.insert(own.address).second && !net::is_link_local(own.address)) return false;
  }
  return !config.port.addresses.empty() && !config.port.mac.is_group() && config.port.mac != wire::MacAddress{};
}

bool routes_are_possible(const TcpHostConfig& config) {
  const auto own = own_addresses(config);
  return std::all_of(config.routes.begin(), config.routes.end(), [&](const net::StaticRoute& route) {
    const auto leads_there = [&](const auto& a) {
      return a.prefix.contains(route.via) && is_of_one_host(route.via, a.prefix);
    };
    const auto is_ours = [&](const auto& a) { return a.address == route.via; };
    return route.via.is_v4() == route.prefix.base.is_v4() && std::any_of(own.begin(), own.end(), leads_there) &&
           std::none_of(own.begin(), own.end(), is_ours);
  });
}

}  // namespace

std::optional<TcpHostConfig> read_host_config(const sluice_stack_config& c, const char* more) {
  if (c.size != sizeof c || !numbers_are_possible(c) || !times_are_possible(c)) return std::nullopt;
  TcpHostConfig host{.tcp = tcp_settings(c), .seed = c.seed, .packets = c.packets};
  std::copy(std::begin(c.mac), std::end(c.mac), host.port.mac.bytes.begin());
  if (c.vlan != 0) host.port.vlan = c.vlan;
  host.port.mtu = c.mtu;
  host.port.ipv6.duplicate_address_detection = false;
  const bool read = for_each_part(c.addresses, [&](std::string_view text) { return add_address(text, host); }) &&
                    for_each_part(c.routes, [&](std::string_view text) { return add_route(text, host); }) &&
                    for_each_part(more, [&](std::string_view text) { return add_more(text, host); });
  if (!read || !links_are_possible(host) || !routes_are_possible(host)) return std::nullopt;
  return host;
}

}  // namespace sluice::test
