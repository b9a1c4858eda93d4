#include "gateway/plugins/basic_credentials.h"

#include <span>

#include "http/characters.h"
#include "token/base64url.h"

namespace sluice::gateway {

std::optional<BasicCredentials> parse_basic_credentials(Arena& arena, std::string_view header) {
  header = http::trim(header);
  if (!header.starts_with("Basic") && !header.starts_with("basic")) return std::nullopt;
  const std::string_view encoded = http::trim(header.substr(std::string_view("Basic").size()));
  if (encoded.empty()) return std::nullopt;
  const std::span<std::byte> room = arena.try_array<std::byte>(token::base64_room(encoded.size()));
  if (room.empty()) return std::nullopt;
  const std::optional<size_t> size = token::decode_base64(encoded, token::Base64::kLax, room);
  if (!size) return std::nullopt;
  const std::string_view decoded(reinterpret_cast<const char*>(room.data()), *size);
  const size_t colon = decoded.find(':');
  if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
  return BasicCredentials{decoded.substr(0, colon), decoded.substr(colon + 1)};
}

}  // namespace sluice::gateway
