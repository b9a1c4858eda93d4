#include "gateway/plugins/basic_credentials.h"

#include <algorithm>
#include <optional>
#include <span>

#include "http/characters.h"
#include "token/base64url.h"

namespace sluice::gateway {

namespace {

// What follows the scheme, wherever that stands. Empty: nothing does.
std::string_view behind_scheme(std::string_view header) {
  constexpr std::string_view kScheme = "Basic";
  constexpr std::string_view kRest = kScheme.substr(1);
  for (size_t at = header.find(kRest); at != std::string_view::npos; at = header.find(kRest, at + 1)) {
    if (at == 0 || (header[at - 1] != 'B' && header[at - 1] != 'b')) continue;
    return http::trim(header.substr(at + kRest.size()));
  }
  return {};
}

// "username:password", the first line of the password alone. Colons before the username are passed over.
Result<BasicCredentials, BasicFault> split(std::string_view decoded) {
  decoded.remove_prefix(std::min(decoded.find_first_not_of(':'), decoded.size()));
  const size_t colon = decoded.find(':');
  if (colon == std::string_view::npos) return BasicFault::kNone;
  const std::string_view password = decoded.substr(colon + 1);
  return BasicCredentials{decoded.substr(0, colon), password.substr(0, password.find('\n'))};
}

}  // namespace

Result<BasicCredentials, BasicFault> parse_basic_credentials(Arena& arena, std::string_view header) {
  const std::string_view encoded = behind_scheme(header);
  if (encoded.empty()) return BasicFault::kNone;
  const std::span<std::byte> room = arena.try_array<std::byte>(token::base64_room(encoded.size()));
  if (room.empty()) return BasicFault::kNoMemory;
  const std::optional<size_t> size = token::decode_base64(encoded, token::Base64::kLaxCommon, room);
  if (!size) return BasicFault::kNone;
  return split({reinterpret_cast<const char*>(room.data()), *size});
}

}  // namespace sluice::gateway
