// Plugin: one configured plugin and the scope it is limited to. Kong's entity.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sluice/policy/consumer.h"
#include "sluice/policy/consumer_group.h"
#include "sluice/policy/field.h"
#include "sluice/policy/plugins/catalogue.h"
#include "sluice/policy/protocol.h"
#include "sluice/policy/ref.h"
#include "sluice/policy/route.h"
#include "sluice/policy/service.h"
#include "sluice/policy/uuid.h"

namespace sluice::policy {

struct Plugin {
  Uuid id;
  std::optional<std::string> instance_name;
  bool enabled = true;
  std::vector<Protocol> protocols;  // the loader fills in the plugin's own
  std::vector<std::string> tags;
  // The scope: requests of all that are set. None: every request.
  std::optional<Ref<Service>> service;
  std::optional<Ref<Route>> route;
  std::optional<Ref<Consumer>> consumer;
  std::optional<Ref<ConsumerGroup>> consumer_group;
  PluginConfig config;
  Mark where;

  const PluginInfo& info() const {
    return *std::visit([](const auto& c) { return &std::remove_cvref_t<decltype(c)>::kPlugin; }, config);
  }
  std::string_view name() const { return info().name; }

  // Beside `name` and `config`, which the loader reads first: they decide the type.
  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of name and scope where not given"});
    visit("instance_name", s.instance_name, {.help = "a unique name of this configuration", .text = TextKind::kName});
    visit("enabled", s.enabled, {.help = "false: as if it were not there", .not_null = true});
    visit("protocols", s.protocols,
          {.help = "requests of these protocols only",
           .not_null = true,
           .set = true,
           .choices = s.info().protocols.size() == std::size(kHttpProtocols) ? "grpc, grpcs, http, https" : ""});
    visit("tags", s.tags, kTags);
    visit("service", s.service, {.help = "limit to a service, by name or id"});
    visit("route", s.route, {.help = "limit to a route, by name or id"});
    visit("consumer", s.consumer, {.help = "limit to a consumer, by username or id"});
    visit("consumer_group", s.consumer_group,
          {.help = "limit to a group of consumers, by name or id", .empty_is_absent = true});
  }
};

}  // namespace sluice::policy
