// PluginInfo: what each plugin's header says about the plugin itself, beside its table of fields.
#pragma once

#include <span>
#include <string_view>

#include "sluice/policy/protocol.h"

namespace sluice::policy {

inline constexpr Protocol kHttpProtocols[] = {Protocol::kGrpc, Protocol::kGrpcs, Protocol::kHttp, Protocol::kHttps};

inline constexpr Protocol kAllProtocols[] = {Protocol::kGrpc,           Protocol::kGrpcs, Protocol::kHttp,
                                             Protocol::kHttps,          Protocol::kTcp,   Protocol::kTls,
                                             Protocol::kTlsPassthrough, Protocol::kUdp};

struct PluginInfo {
  std::string_view name;
  int32_t priority;  // the order of execution, high first; equal ones by name, descending
  std::span<const Protocol> protocols = kHttpProtocols;  // what it may be limited to
  std::span<const Protocol> default_protocols = kHttpProtocols;
};

}  // namespace sluice::policy
