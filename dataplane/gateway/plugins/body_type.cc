#include "gateway/plugins/body_type.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::pair<std::string_view, BodyType> kTypes[] = {
    {"application/json", BodyType::kJson},
    {"multipart/form-data", BodyType::kMultipart},
    {"application/x-www-form-urlencoded", BodyType::kForm},
};

bool contains_type(std::string_view header, std::string_view type) {
  for (size_t at = 0; at + type.size() <= header.size(); ++at) {
    if (http::iequals(header.substr(at, type.size()), type)) return true;
  }
  return false;
}

}  // namespace

BodyType body_type(const http::HeaderMap& headers) {
  const std::string_view type = headers.find("Content-Type").value_or("");
  for (const auto& [name, kind] : kTypes) {
    if (contains_type(type, name)) return kind;
  }
  return BodyType::kOther;
}

BodyType leading_body_type(const http::HeaderMap& headers) {
  const std::string_view type = headers.find("Content-Type").value_or("");
  for (const auto& [name, kind] : kTypes) {
    if (http::iequals(type.substr(0, name.size()), name)) return kind;
  }
  return BodyType::kOther;
}

}  // namespace sluice::gateway
