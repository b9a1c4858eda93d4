#include "gateway/own_names.h"

#include <algorithm>
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

// Of plugins/authentication.h, plugins/oauth2_introspection.h, which names some by the configuration, and forwarded.h.
bool begins_like_own(std::string_view name) {
  constexpr std::string_view kBeginnings[] = {"X-Consumer-", "X-Credential-", "X-Anonymous-Consumer", "X-Forwarded-"};
  return std::ranges::any_of(kBeginnings,
                             [&](std::string_view own) { return http::equal_folded(name.substr(0, own.size()), own); });
}

void remove_misspelled(http::HeaderMap& headers, const http::NameSet& names) {
  headers.remove_if([&](const http::Header& header) {
    return header.name.find('_') != std::string_view::npos && names.contains(header.name);
  });
}

}  // namespace sluice::gateway
