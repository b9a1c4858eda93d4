#include "gateway/error_type.h"

#include <algorithm>
#include <optional>

#include "http/characters.h"

namespace sluice::gateway {
namespace {

constexpr http::CharacterSet kFirst = http::CharacterSet("").with_alphanumeric();
constexpr http::CharacterSet kRestricted = http::CharacterSet("-!#$&^_+.").with_alphanumeric();

// One side of a media type as Kong reads it: "*", or a letter or digit and at least one byte of a restricted name.
std::string_view take_side(std::string_view& text) {
  size_t end = 0;
  if (!text.empty() && kFirst.contains(text[0])) {
    while (end < text.size() && kRestricted.contains(text[end])) ++end;
  }
  if (end < 2) end = text.starts_with('*') ? 1 : 0;
  const std::string_view side = text.substr(0, end);
  text.remove_prefix(end);
  return side;
}

// The media type at the start of `text`, which loses it; empty: there is none.
std::string_view take_media_type(std::string_view& text) {
  std::string_view rest = text;
  const std::string_view type = take_side(rest);
  if (type.empty() || !rest.starts_with('/')) return {};
  rest.remove_prefix(1);
  const std::string_view subtype = take_side(rest);
  if (subtype.empty()) return {};
  const std::string_view media_type = text.substr(0, type.size() + 1 + subtype.size());
  text = rest;
  return media_type;
}

ErrorType type_of(std::string_view media_type) {
  if (media_type == "text/html") return ErrorType::kHtml;
  if (media_type == "application/xml") return ErrorType::kXml;
  if (media_type == "text/plain" || media_type == "text/*") return ErrorType::kPlain;
  if (media_type == "application/grpc") return ErrorType::kGrpc;
  return ErrorType::kJson;
}

// Thousandths, of "0.25" or "1" at the start of `text`; none where neither digit stands there.
std::optional<uint32_t> read_quality(std::string_view text) {
  if (text.starts_with('1')) return 1000;
  if (!text.starts_with('0')) return std::nullopt;
  if (!text.starts_with("0.")) return 0;
  uint32_t thousandths = 0;
  uint32_t digit_weight = 100;
  for (const char c : text.substr(2, 3)) {
    if (!http::is_digit(c)) break;
    thousandths += digit_weight * static_cast<uint32_t>(c - '0');
    digit_weight /= 10;
  }
  return thousandths;
}

// What stands behind the number that read_quality() read: at most three digits after the point, zeros after "1.".
std::string_view behind_quality(std::string_view text) {
  std::string_view rest = text.substr(1);
  if (!rest.starts_with('.')) return rest;
  rest.remove_prefix(1);
  for (int i = 0; i < 3 && !rest.empty(); ++i) {
    if (text[0] == '1' ? rest[0] != '0' : !http::is_digit(rest[0])) break;
    rest.remove_prefix(1);
  }
  return rest;
}

// The last q (RFC 9110 12.4.2), else 1000. Reading ends, as in Kong, at a parameter that is no q and whose name has
// less than two bytes, and where anything stands behind a q or a name.
uint32_t quality_of(std::string_view parameters) {
  uint32_t quality = 1000;
  for (std::string_view rest = http::trim(parameters); rest.starts_with(';'); rest = http::trim(rest)) {
    rest = http::trim(rest.substr(1));
    if (rest.starts_with("q=") || rest.starts_with("Q=")) {
      const auto read = read_quality(rest.substr(2));
      if (!read) return quality;
      quality = *read;
      rest = behind_quality(rest.substr(2));
    } else {
      if (take_side(rest).size() < 2) return quality;
      if (rest.starts_with('=')) rest = rest.substr(std::min(rest.find(';'), rest.size()));
    }
  }
  return quality;
}

}  // namespace

std::string_view content_type(ErrorType type) {
  switch (type) {
    case ErrorType::kJson:
      return "application/json; charset=utf-8";
    case ErrorType::kHtml:
      return "text/html; charset=utf-8";
    case ErrorType::kXml:
      return "application/xml; charset=utf-8";
    case ErrorType::kPlain:
      return "text/plain; charset=utf-8";
    case ErrorType::kGrpc:
      return "";
  }
  return "";
}

ErrorType preferred_type(const http::HeaderMap& headers, std::string_view field) {
  ErrorType best = ErrorType::kJson;
  uint32_t best_quality = 0;
  for (const http::Header& header : headers.all()) {
    if (!http::iequals(header.name, field)) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      std::string_view range = http::trim(rest.substr(0, comma));
      rest = rest.substr(std::min(comma + 1, rest.size()));
      const std::string_view media_type = take_media_type(range);
      const uint32_t quality = media_type.empty() ? 0 : quality_of(range);
      if (quality <= best_quality) continue;
      best = type_of(media_type);
      best_quality = quality;
    }
  }
  return best;
}

}  // namespace sluice::gateway
