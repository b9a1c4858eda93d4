#include "gateway/forwarded.h"

#include <array>
#include <optional>

#include "gateway/header_fields.h"
#include "gateway/request_target.h"
#include "gateway/text.h"
#include "http/authority.h"
#include "http/characters.h"

namespace sluice::gateway {
namespace {

using http::HeaderMap;
using http::iequals;
using http::split_authority;

// The last element of a comma-separated list; `list` loses it. Elements are trimmed.
std::string_view take_last(std::string_view& list) {
  const size_t comma = list.rfind(',');
  const std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
  return http::trim(last);
}

// An address with or without a port: "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80".
std::optional<IpAddress> parse_address(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return address;
  std::string_view host = split_authority(text).host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return IpAddress::parse(host);
}

// The client as the real-IP header names it, read from its end as nginx does: one step for each proxy that is trusted,
// a single one unless `recursive`.
std::optional<IpAddress> read_real_ip(const TrustedProxies& trusted, const HeaderMap& headers) {
  std::optional<IpAddress> client;
  const auto fields = headers.all();
  for (size_t i = fields.size(); i-- > 0;) {
    if (!iequals(fields[i].name, trusted.real_ip_header)) continue;
    for (std::string_view list = fields[i].value; !list.empty();) {
      const auto address = parse_address(take_last(list));
      if (!address) return client;
      client = address;
      if (!trusted.recursive || !trusted.addresses.contains(*address)) return client;
    }
  }
  return client;
}

std::string_view address_text(const IpAddress& address, Arena& arena) {
  std::array<char, IpAddress::kMaxTextLength> room;
  return arena.try_copy(address.format(room));
}

// Sets a field from text made in the arena, so that exhaustion of the arena is a failure of this too.
bool set_made(HeaderMap& headers, std::string_view name, std::string_view value) {
  return value.data() != nullptr && headers.set(name, value);
}

// What a believed proxy says, as it stands, or else our own text.
bool set_believed(Context& context, std::string_view name, std::string_view own) {
  HeaderMap& headers = context.http.request.headers;
  if (!context.http.client.peer_trusted) return set_made(headers, name, own);
  return set_made(headers, name, headers.find(name).value_or(own));
}

// The address that connected to us is appended; where there was no list it begins with the client.
bool set_forwarded_for(Context& context) {
  http::RequestContext& http = context.http;
  const bool has_list = http.request.headers.contains("X-Forwarded-For");
  const IpAddress& address = has_list ? http.client.peer.address : http.client.address;
  return append_list(http.request.headers, "X-Forwarded-For", address_text(address, http.arena), http.arena);
}

// A prefix that was stripped, unless it is the root. A client's own is not believed.
bool set_forwarded_prefix(Context& context) {
  HeaderMap& headers = context.http.request.headers;
  if (context.http.client.peer_trusted && headers.contains("X-Forwarded-Prefix")) return true;
  if (context.matched_prefix.empty() || context.matched_prefix == "/") {
    headers.remove("X-Forwarded-Prefix");
    return true;
  }
  return headers.set("X-Forwarded-Prefix", context.matched_prefix);
}

// The path as the client sent it, without its query.
std::string_view sent_path(const http::Request& request) {
  const std::string_view sent = path_and_query(request.target);
  return sent.substr(0, sent.find('?'));
}

}  // namespace

http::ClientInfo resolve_client(const TrustedProxies& trusted, const http::Request& request, const Endpoint& peer,
                                const Endpoint& local, bool secure) {
  http::ClientInfo client;
  client.peer = peer;
  client.local = local;
  client.address = peer.address;
  client.secure = secure;
  client.peer_trusted = trusted.addresses.contains(peer.address);
  if (client.peer_trusted) client.address = read_real_ip(trusted, request.headers).value_or(peer.address);
  return client;
}

std::string_view forwarded_proto(const http::RequestContext& http) {
  const std::string_view own = http.client.secure ? "https" : "http";
  return http.client.peer_trusted ? http.request.headers.find("X-Forwarded-Proto").value_or(own) : own;
}

std::string_view forwarded_host(const http::RequestContext& http) {
  std::string_view host = split_authority(http.request.authority).host;
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view own = lower_case(http.arena, host);
  return http.client.peer_trusted ? http.request.headers.find("X-Forwarded-Host").value_or(own) : own;
}

bool set_forwarded_headers(Context& context, std::string_view product) {
  http::RequestContext& http = context.http;
  HeaderMap& headers = http.request.headers;
  Arena& arena = http.arena;
  const std::string_view via = concat(arena, {http.request.version.minor == 0 ? "1.0 " : "1.1 ", product});
  return set_forwarded_for(context) && set_made(headers, "X-Real-IP", address_text(http.client.address, arena)) &&
         set_made(headers, "X-Forwarded-Proto", forwarded_proto(http)) &&
         set_made(headers, "X-Forwarded-Host", forwarded_host(http)) &&
         set_believed(context, "X-Forwarded-Port", to_decimal(arena, http.client.local.port.value)) &&
         set_believed(context, "X-Forwarded-Path", sent_path(http.request)) && set_forwarded_prefix(context) &&
         append_list(headers, "Via", via, arena) && headers.set("X-Kong-Request-Id", http.request_id);
}

}  // namespace sluice::gateway
