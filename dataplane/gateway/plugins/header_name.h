// Headers as a configuration names them, in Kong's two ways.
//
// HeaderName, where Kong looks into its table of all headers: "x_tenant" also means X-Tenant. find_variable(), where it
// asks for one header, which is a variable of nginx ($http_x_tenant): X_Tenant is X-Tenant in what is sent, too.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "http/header_map.h"
#include "http/name_set.h"

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

// The value of the first such field.
inline std::optional<std::string_view> find_variable(const http::HeaderMap& headers, std::string_view name) {
  for (const http::Header& header : headers.all()) {
    if (http::equal_folded(header.name, name)) return header.value;
  }
  return std::nullopt;
}

}  // namespace sluice::gateway
