#include "gateway/plugins/cached_response.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace sluice::gateway {

namespace {

// In front of the names and values, which follow each other without separators behind all of their lengths.
struct FixedPart {
  int64_t stored_s;
  int64_t arrival_age_s;
  int64_t ttl_s;
  int64_t kept_until_ms;
  uint32_t headers;
  uint32_t status;
};

struct Lengths {
  uint32_t name;
  uint32_t value;
};

template <typename T>
char* put(char* out, const T& value) {
  std::memcpy(out, &value, sizeof value);
  return out + sizeof value;
}

template <typename T>
T take(std::string_view& rest) {
  T value;
  std::memcpy(&value, rest.data(), sizeof value);
  rest.remove_prefix(sizeof value);
  return value;
}

std::string_view take_text(std::string_view& rest, size_t size) {
  const std::string_view text = rest.substr(0, size);
  rest.remove_prefix(text.size());
  return text;
}

}  // namespace

std::string_view encode_head(Arena& arena, const CachedResponse& response) {
  const std::span<const http::Header> headers = response.headers.all();
  size_t size = sizeof(FixedPart) + headers.size() * sizeof(Lengths);
  for (const http::Header& header : headers) size += header.name.size() + header.value.size();
  const std::span<char> room = arena.try_array<char>(size);
  if (room.empty()) return {};
  char* end =
      put(room.data(), FixedPart{response.stored_s, response.arrival_age_s, response.ttl_s, response.kept_until_ms,
                                 static_cast<uint32_t>(headers.size()), response.status});
  for (const http::Header& header : headers) {
    end = put(end, Lengths{static_cast<uint32_t>(header.name.size()), static_cast<uint32_t>(header.value.size())});
  }
  for (const http::Header& header : headers) {
    end = std::ranges::copy(header.name, end).out;
    end = std::ranges::copy(header.value, end).out;
  }
  return {room.data(), end};
}

std::optional<CachedResponse> decode_response(Arena& arena, std::string_view bytes) {
  const auto fixed = take<FixedPart>(bytes);
  CachedResponse response(arena);
  response.stored_s = fixed.stored_s;
  response.arrival_age_s = fixed.arrival_age_s;
  response.ttl_s = fixed.ttl_s;
  response.kept_until_ms = fixed.kept_until_ms;
  response.status = static_cast<uint16_t>(fixed.status);
  std::string_view lengths = take_text(bytes, fixed.headers * sizeof(Lengths));
  while (!lengths.empty()) {
    const auto [name, value] = take<Lengths>(lengths);
    const std::string_view name_text = take_text(bytes, name);
    if (!response.headers.add(name_text, take_text(bytes, value))) return std::nullopt;
  }
  response.body = bytes;
  return response;
}

}  // namespace sluice::gateway
