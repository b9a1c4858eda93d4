// acl: the consumer's groups decide. Kong 3.9.1's fields and defaults.
#pragma once

#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct AclConfig {
  static constexpr PluginInfo kPlugin{.name = "acl", .priority = 950};

  std::vector<std::string> allow;  // exactly one of allow and deny is not empty
  std::vector<std::string> deny;
  bool hide_groups_header = false;
  bool always_use_authenticated_groups = false;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("allow", s.allow, {.help = "groups that may pass", .empty_is_null = true});
    visit("deny", s.deny, {.help = "groups that may not", .empty_is_null = true});
    visit("hide_groups_header", s.hide_groups_header,
          {.help = "do not send X-Consumer-Groups to the origin", .not_null = true});
    visit("always_use_authenticated_groups", s.always_use_authenticated_groups,
          {.help = "groups of the authentication go before the consumer's", .not_null = true});
  }

  void check(Complaints& complaints) const {
    const bool allows = complaints.given("allow") == Complaints::Given::kFilled;
    const bool denies = complaints.given("deny") == Complaints::Given::kFilled;
    if (allows != denies) return;
    complaints.entity("exactly one of these fields must be non-empty: 'config.allow', 'config.deny'");
    if (!allows) complaints.entity("at least one of these fields must be non-empty: 'config.allow', 'config.deny'");
  }
};

}  // namespace sluice::policy
