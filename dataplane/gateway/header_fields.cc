#include "gateway/header_fields.h"

#include <algorithm>
#include <array>

#include "http/characters.h"
#include "http/h1_parser.h"

namespace sluice::gateway {
namespace {

using http::Header;
using http::HeaderMap;
using http::iequals;

// Calls visit(option) for each element of each Connection field, up to the limit.
template <typename Visit>
void for_each_connection_option(const HeaderMap& headers, Visit&& visit) {
  size_t count = 0;
  for (const Header& header : headers.all()) {
    if (!iequals(header.name, "Connection")) continue;
    for (std::string_view rest = header.value; !rest.empty() && count < kMaxConnectionOptions; ++count) {
      const size_t comma = rest.find(',');
      visit(http::trim(rest.substr(0, comma)));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
}

bool is_connection_field(std::string_view name) {
  switch (name.size()) {
    case 2:
      return iequals(name, "TE");
    case 5:
      return iequals(name, "Proxy");
    case 7:
      return iequals(name, "Upgrade");
    case 10:
      return iequals(name, "Connection") || iequals(name, "Keep-Alive");
    case 16:
      return iequals(name, "Proxy-Connection");
    case 17:
      return iequals(name, "Transfer-Encoding");
    default:
      return false;
  }
}

struct ConnectionOptions {
  std::array<std::string_view, kMaxConnectionOptions> names;
  size_t count = 0;
};

// The fields that Connection names, but for those that concern the connection whoever names them.
ConnectionOptions named_fields(const HeaderMap& headers) {
  ConnectionOptions options;
  for_each_connection_option(headers, [&](std::string_view option) {
    const bool is_field = !option.empty() && !iequals(option, "close") && !is_connection_field(option);
    if (is_field) options.names[options.count++] = option;
  });
  return options;
}

bool asks_for_websocket(const HeaderMap& headers) {
  return http::has_token(headers, "Connection", "upgrade") &&
         iequals(headers.find("Upgrade").value_or(""), "websocket");
}

}  // namespace

bool append_list(HeaderMap& headers, std::string_view name, std::string_view value, Arena& arena) {
  constexpr std::string_view kComma = ", ";
  if (value.data() == nullptr) return false;
  size_t length = value.size();
  for (const Header& header : headers.all()) {
    if (iequals(header.name, name)) length += header.value.size() + kComma.size();
  }
  if (length == value.size()) return headers.add(name, value);
  const auto joined = arena.try_array<char>(length);
  if (joined.empty()) return false;
  char* next = joined.data();
  for (const Header& header : headers.all()) {
    if (!iequals(header.name, name)) continue;
    next = std::ranges::copy(header.value, next).out;
    next = std::ranges::copy(kComma, next).out;
  }
  std::ranges::copy(value, next);
  return headers.set(name, {joined.data(), joined.size()});
}

bool remove_hop_by_hop(HeaderMap& headers) {
  const auto fields = headers.all();
  const auto concerns_connection = [](const Header& h) { return is_connection_field(h.name); };
  if (std::none_of(fields.begin(), fields.end(), concerns_connection)) return false;
  const bool websocket = asks_for_websocket(headers);
  const bool trailers = http::has_token(headers, "TE", "trailers");
  const ConnectionOptions options = named_fields(headers);
  for (size_t i = 0; i < options.count; ++i) headers.remove(options.names[i]);
  headers.remove_if(concerns_connection);
  // There is room for these: each takes the place of a field that was removed.
  const bool restored = (!websocket || (headers.add("Connection", "Upgrade") && headers.add("Upgrade", "websocket"))) &&
                        (!trailers || headers.add("TE", "trailers"));
  static_cast<void>(restored);
  return options.count > 0;
}

}  // namespace sluice::gateway
