// HeaderName: a header as a configuration names it. As in Kong, "x_tenant" also means X-Tenant.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "http/header_map.h"

namespace sluice::gateway {

class HeaderName {
 public:
  explicit HeaderName(std::string_view name) : name_(name), dashed_(name) { std::ranges::replace(dashed_, '_', '-'); }

  // How the name is spelled in these headers: as configured, else with dashes. Good for find(), count() and remove().
  std::string_view in(const http::HeaderMap& headers) const { return headers.contains(name_) ? name_ : dashed_; }
  // The value of the first such field.
  std::optional<std::string_view> find(const http::HeaderMap& headers) const { return headers.find(in(headers)); }

  const std::string& text() const { return name_; }

 private:
  std::string name_;
  std::string dashed_;
};

}  // namespace sluice::gateway
