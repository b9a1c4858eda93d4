// ErrorType: in which of four types an error is told, chosen from Accept as Kong 3.9.1 does.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/header_map.h"

namespace sluice::gateway {

enum class ErrorType : uint8_t {
  kJson,
  kHtml,
  kXml,
  kPlain,
  kGrpc,  // no body: gRPC tells errors in header fields
};

// The Content-Type that says it.
std::string_view content_type(ErrorType type);

// Of all media types in the fields of this name (Accept), the one of the highest q, the first among equals; q=0 is
// never chosen. Types compare with regard to case; one that is none of the four counts as JSON, and so does no type at
// all.
ErrorType preferred_type(const http::HeaderMap& headers, std::string_view field);

}  // namespace sluice::gateway
