#include "gateway/plugins/body_type.h"

#include <algorithm>
#include <string_view>

namespace sluice::gateway {

namespace {

bool contains_type(std::string_view header, std::string_view type) {
  for (size_t at = 0; at + type.size() <= header.size(); ++at) {
    if (http::iequals(header.substr(at, type.size()), type)) return true;
  }
  return false;
}

}  // namespace

BodyType body_type(const http::HeaderMap& headers) {
  const std::string_view type = headers.find("Content-Type").value_or("");
  if (contains_type(type, "application/json")) return BodyType::kJson;
  if (contains_type(type, "multipart/form-data")) return BodyType::kMultipart;
  if (contains_type(type, "application/x-www-form-urlencoded")) return BodyType::kForm;
  return BodyType::kOther;
}

}  // namespace sluice::gateway
