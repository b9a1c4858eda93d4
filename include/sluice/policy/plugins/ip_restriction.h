// ip-restriction: the client's address decides; deny goes before allow. Kong 3.9.1's fields and defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/ip_address.h"
#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct IpRestrictionConfig {
  static constexpr Protocol kProtocols[] = {Protocol::kHttp, Protocol::kHttps, Protocol::kTcp,
                                            Protocol::kTls,  Protocol::kGrpc,  Protocol::kGrpcs};
  static constexpr PluginInfo kPlugin{
      .name = "ip-restriction", .priority = 990, .protocols = kAllProtocols, .default_protocols = kProtocols};

  std::vector<Cidr> allow;  // at least one of allow and deny is not empty
  std::vector<Cidr> deny;
  std::optional<double> status;  // of a refusal, 403; one that is no error's makes refusals 500, as in Kong
  std::optional<std::string> message;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("allow", s.allow, {.help = "addresses and prefixes that may pass", .empty_is_null = true});
    visit("deny", s.deny, {.help = "addresses and prefixes that may not", .empty_is_null = true});
    visit("status", s.status, {.help = "status of a refusal"});
    visit("message", s.message, {.help = "message of a refusal"});
  }

  void check(Complaints& complaints) const {
    using Given = Complaints::Given;
    if (complaints.given("allow") != Given::kFilled && complaints.given("deny") != Given::kFilled) {
      complaints.entity("at least one of these fields must be non-empty: 'config.allow', 'config.deny'");
    }
  }
};

}  // namespace sluice::policy
