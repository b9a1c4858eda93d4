#include "edge/header_value.h"

#include <algorithm>
#include <cstring>

#include "http/characters.h"
#include "sluice/ip_address.h"

namespace sluice::edge {
namespace {

using token::json::Kind;
using token::json::Value;

bool is_control(char c) {
  return (static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f;
}

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), http::is_digit);
}

std::optional<std::string_view> scalar_text(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
      return http::trim(value.text());
    case Kind::kNumber:
    case Kind::kTrue:
    case Kind::kFalse:
      return value.text();
    case Kind::kNull:
    case Kind::kArray:
    case Kind::kObject:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

bool fits_header(std::string_view value, policy::HeaderType type) {
  if (value.size() > kMaxHeaderValueBytes || std::any_of(value.begin(), value.end(), is_control)) return false;
  if (http::trim(value).size() != value.size()) return false;
  switch (type) {
    case policy::HeaderType::kString:
    case policy::HeaderType::kList:
      return true;
    case policy::HeaderType::kInteger:
    case policy::HeaderType::kTime:
      return is_integer(value);
    case policy::HeaderType::kBoolean:
      return value == "true" || value == "false";
    case policy::HeaderType::kAddress:
      return IpAddress::parse(value).has_value();
  }
  return false;
}

std::optional<std::string_view> claim_text(const Value& claim, Arena& arena) {
  if (!claim.is(Kind::kArray)) return scalar_text(claim);
  size_t size = 0;
  for (const Value element : claim) {
    const auto text = scalar_text(element);
    if (!text || text->find(',') != std::string_view::npos) return std::nullopt;
    size += text->size() + 1;
  }
  if (size > kMaxHeaderValueBytes) return std::nullopt;
  const std::span<char> room = arena.try_array<char>(std::max<size_t>(size, 1));
  if (room.empty()) return std::nullopt;
  char* write = room.data();
  for (const Value element : claim) {
    const std::string_view text = *scalar_text(element);
    if (write != room.data()) *write++ = ',';
    std::memcpy(write, text.data(), text.size());
    write += text.size();
  }
  return std::string_view(room.data(), static_cast<size_t>(write - room.data()));
}

}  // namespace sluice::edge
