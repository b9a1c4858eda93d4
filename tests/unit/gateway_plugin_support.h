// What the tests of plugins share: a policy with one service and one route, /r, that has the given plugins.
#pragma once

#include <string>

#include "gateway_support.h"

namespace sluice::gateway {

// `plugins`: YAML in flow style, "{name: cors, config: {…}}, …". `rest`: more of the file, from its first column on.
inline std::string policy_with(const std::string& plugins, const std::string& rest = "") {
  return "_format_version: '3.0'\n"
         "services:\n"
         "- name: s\n"
         "  url: http://198.18.1.2:9701\n"
         "  plugins: [" +
         plugins +
         "]\n"
         "  routes:\n"
         "  - {name: r, paths: [/r]}\n" +
         rest;
}

// The values of all fields of this name, joined by '|'.
inline std::string all_values(const Fields& fields, std::string_view name) {
  std::string values;
  bool first = true;
  for (const auto& [field, value] : fields) {
    if (!http::iequals(field, name)) continue;
    if (!first) values += '|';
    values += value;
    first = false;
  }
  return values;
}

}  // namespace sluice::gateway
