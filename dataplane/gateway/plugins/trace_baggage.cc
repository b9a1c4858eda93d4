#include "gateway/plugins/trace_baggage.h"

#include <algorithm>

#include "gateway/text.h"
#include "http/url.h"

namespace sluice::gateway {

namespace {

// Empty: the format has no baggage.
std::string_view prefix_of(TraceFormat format) {
  if (format == TraceFormat::kJaeger) return "uberctx-";
  if (format == TraceFormat::kOt) return "ot-baggage-";
  return {};
}

bool is_baggage(std::string_view prefix, const http::Header& header) {
  return !prefix.empty() && http::iequals(header.name.substr(0, prefix.size()), prefix);
}

}  // namespace

bool has_baggage(TraceFormat format, const http::HeaderMap& headers) {
  const std::string_view prefix = prefix_of(format);
  return std::ranges::any_of(headers.all(), [&](const http::Header& header) { return is_baggage(prefix, header); });
}

bool read_baggage(TraceFormat format, const http::HeaderMap& headers, Arena& arena, http::HeaderMap& baggage) {
  const std::string_view prefix = prefix_of(format);
  for (const http::Header& header : headers.all()) {
    if (!is_baggage(prefix, header)) continue;
    const std::string_view value = http::percent_decode(arena, header.value, http::Plus::kSpace);
    if (value.data() == nullptr || !baggage.add(header.name.substr(prefix.size()), value)) return false;
  }
  return true;
}

bool write_baggage(TraceFormat format, const http::HeaderMap& baggage, Arena& arena, http::HeaderMap& headers) {
  const std::string_view prefix = prefix_of(format);
  if (prefix.empty()) return true;
  for (const http::Header& item : baggage.all()) {
    const std::string_view name = concat(arena, {prefix, item.name});
    const std::string_view value = http::percent_encode(arena, item.value);
    if (name.data() == nullptr || value.data() == nullptr || !headers.set(name, value)) return false;
  }
  return true;
}

}  // namespace sluice::gateway
