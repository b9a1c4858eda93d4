// file-log: a line of JSON a request, appended to a file. Kong 3.9.1's fields and defaults.
#pragma once

#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/log_fields.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct FileLogConfig {
  static constexpr PluginInfo kPlugin{.name = "file-log", .priority = 9, .protocols = kAllProtocols};

  std::string path;
  bool reopen = false;
  CustomFields custom_fields;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("path", s.path, {.help = "the file; its folder must exist", .required = true});
    visit("reopen", s.reopen, {.help = "open it anew for each batch, for log rotation", .not_null = true});
    visit("custom_fields_by_lua", s.custom_fields, kCustomFields);
  }

  void check(Complaints& complaints) const {
    check_custom_fields(custom_fields, complaints);
    if (path.find_first_of("*&%\\`") != std::string::npos) complaints.field("path", "not a valid filename");
  }
};

}  // namespace sluice::policy
