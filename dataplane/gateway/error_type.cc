#include "gateway/error_type.h"

#include <algorithm>

#include "http/characters.h"

namespace sluice::gateway {
namespace {

// The part of `text` before the first `separator`; `text` becomes what is behind it.
std::string_view take_until(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view head = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return http::trim(head);
}

bool is_media_type(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && slash != 0 && slash + 1 != text.size() &&
         http::kTokenBytes.contains_all(text.substr(0, slash)) &&
         http::kTokenBytes.contains_all(text.substr(slash + 1));
}

ErrorType type_of(std::string_view media_type) {
  if (media_type == "text/html") return ErrorType::kHtml;
  if (media_type == "application/xml") return ErrorType::kXml;
  if (media_type == "text/plain" || media_type == "text/*") return ErrorType::kPlain;
  if (media_type == "application/grpc") return ErrorType::kGrpc;
  return ErrorType::kJson;
}

// Thousandths (RFC 9110 12.4.2); 1000 where there is no q or none that can be read.
uint32_t quality_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, ';');
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    const std::string_view value = http::trim(parameter.substr(2));
    if (value.starts_with('1')) return 1000;
    if (!value.starts_with('0')) return 1000;
    uint32_t thousandths = 0;
    uint32_t digit_weight = 100;
    for (char c : value.substr(std::min<size_t>(2, value.size()), 3)) {
      if (!http::is_digit(c)) break;
      thousandths += digit_weight * static_cast<uint32_t>(c - '0');
      digit_weight /= 10;
    }
    return thousandths;
  }
  return 1000;
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
      std::string_view parameters = take_until(rest, ',');
      const std::string_view media_type = take_until(parameters, ';');
      const uint32_t quality = quality_of(parameters);
      if (!is_media_type(media_type) || quality <= best_quality) continue;
      best = type_of(media_type);
      best_quality = quality;
    }
  }
  return best;
}

}  // namespace sluice::gateway
