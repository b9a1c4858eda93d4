#include "gateway/own_names.h"

#include <string_view>

namespace sluice::gateway {

http::NameSet own_names() {
  http::NameSet names;
  for (const char* name :
       {"X-Anonymous-Consumer", "X-Consumer-Custom-ID", "X-Consumer-Groups", "X-Consumer-ID", "X-Consumer-Username",
        "X-Credential-Identifier", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Path", "X-Forwarded-Port",
        "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Kong-Request-Id", "X-Real-IP"}) {
    names.add(name);
  }
  return names;
}

void remove_misspelled(http::HeaderMap& headers, const http::NameSet& names) {
  headers.remove_if([&](const http::Header& header) {
    return header.name.find('_') != std::string_view::npos && names.contains(header.name);
  });
}

}  // namespace sluice::gateway
