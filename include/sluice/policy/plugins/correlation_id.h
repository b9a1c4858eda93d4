// correlation-id: a header joins what the two sides log. Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <string>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

enum class IdGenerator : uint8_t { kUuid, kUuidCounter, kTracker };
constexpr std::array<std::string_view, 3> names_of(IdGenerator) {
  return {"uuid", "uuid#counter", "tracker"};
}

struct CorrelationIdConfig {
  static constexpr PluginInfo kPlugin{.name = "correlation-id", .priority = 100001};

  std::string header_name = "Kong-Request-ID";
  IdGenerator generator = IdGenerator::kUuidCounter;
  bool echo_downstream = false;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("header_name", s.header_name, {.help = "the header", .text = TextKind::kToken});
    visit("generator", s.generator, {.help = "how an id is made where the client sent none", .not_null = true});
    visit("echo_downstream", s.echo_downstream, {.help = "send it to the client too", .not_null = true});
  }
};

}  // namespace sluice::policy
