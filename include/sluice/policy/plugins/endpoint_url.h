// The URL of a server that records are sent to, as far as it can be judged without asking.
#pragma once

#include <string_view>

namespace sluice::policy {

// What is wrong with it, in Kong's words where it has some; empty: nothing.
constexpr std::string_view endpoint_problem(std::string_view url) {
  const size_t slashes = url.find("//");
  if (slashes == std::string_view::npos || slashes + 2 == url.size()) return "missing host in url";
  if (slashes == 0) return "missing scheme in url";
  if (url.starts_with("http://") || url.starts_with("https://")) return "";
  return "expected a URL that begins with http:// or https://";
}

// Between the scheme and the host stands who asks: "http://user:password@host".
constexpr bool has_user(std::string_view url) {
  const size_t begin = url.find("//") + 2;
  return url.substr(0, url.find('/', begin)).find('@', begin) != std::string_view::npos;
}

}  // namespace sluice::policy
