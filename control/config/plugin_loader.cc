#include "config/plugin_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/entity_ids.h"
#include "config/field_loader.h"

namespace sluice::config {

namespace {

using policy::Plugin;
using policy::PluginConfig;

// The default configuration of the plugin of that name.
template <size_t Index = 0>
std::optional<PluginConfig> make_config(std::string_view name) {
  if constexpr (Index == std::variant_size_v<PluginConfig>) {
    return std::nullopt;
  } else {
    using Config = std::variant_alternative_t<Index, PluginConfig>;
    if (Config::kPlugin.name == name) return Config{};
    return make_config<Index + 1>(name);
  }
}

template <size_t... Index>
std::string known_names(std::index_sequence<Index...>) {
  constexpr std::array<std::string_view, sizeof...(Index)> kNames = {
      std::variant_alternative_t<Index, PluginConfig>::kPlugin.name...};
  return fmt::format("{}", fmt::join(kNames, ", "));
}

struct Advice {
  std::string_view plugin;
  std::string_view instead;
};

// Plugins of Kong's that a policy may well name, and what to do.
constexpr Advice kAdvice[] = {
    {"pre-function", "it is Lua, which Sluice does not run: use an edge rule"},
    {"post-function", "it is Lua, which Sluice does not run: use an edge rule"},
    {"redirect", "use 'redirect' in an edge rule"},
};

// The others that come with Kong.
constexpr std::string_view kNotYet[] = {"acme",
                                        "aws-lambda",
                                        "azure-functions",
                                        "basic-auth",
                                        "bot-detection",
                                        "datadog",
                                        "grpc-gateway",
                                        "grpc-web",
                                        "hmac-auth",
                                        "ldap-auth",
                                        "loggly",
                                        "oauth2",
                                        "proxy-cache",
                                        "response-ratelimiting",
                                        "session",
                                        "standard-webhooks",
                                        "statsd",
                                        "zipkin"};

// The key in the file that says what a plugin nested in this parent is limited to.
std::string_view parent_field(const PluginLoader::Parent& parent) {
  constexpr std::array<std::string_view, 4> kFields = {"", "service", "route", "consumer"};
  return kFields[parent.index()];
}

template <typename T>
int64_t index_of(const std::optional<policy::Ref<T>>& ref) {
  return ref ? int64_t{ref->index} : -1;
}

}  // namespace

void PluginLoader::load_collected() {
  for (const Collected& collected : lists_) {
    for_each_entity(context_, collected.list, "plugin", [&](const YamlNode& node) { load(node, collected.parent); });
  }
}

void PluginLoader::load(const YamlNode& node, const Parent& parent) {
  static constexpr std::string_view kAlso[] = {"name", "config", "created_at", "updated_at"};
  Plugin plugin;
  const bool known = load_config(node, plugin);
  if (known) plugin.protocols.assign(plugin.info().default_protocols.begin(), plugin.info().default_protocols.end());
  load_record(context_, node, plugin, kAlso);
  place(node, parent, plugin);
  if (!known) return;
  check_protocols(node, plugin);
  settle_id(node, plugin);
  if (plugin.instance_name) unique_.claim(node.mark, "plugins", "instance_name", *plugin.instance_name);
  check_scope(node, plugin);
  policy_.plugins.push_back(std::move(plugin));
}

bool PluginLoader::load_config(const YamlNode& node, Plugin& plugin) {
  const YamlNode* name = node.find("name");
  {
    const LoadContext::Step step(context_, "name");
    if (name == nullptr || name->kind != YamlKind::kString) {
      context_.error(name == nullptr ? node.mark : name->mark,
                     name == nullptr ? "required field missing" : "expected a string");
      return false;
    }
    auto config = make_config(name->text);
    if (!config) {
      refuse_unknown(*name);
      return false;
    }
    plugin.config = std::move(*config);
  }
  const LoadContext::Step step(context_, "config");
  static const YamlNode kNothing{.kind = YamlKind::kMap};
  const YamlNode* given = node.find("config");
  YamlNode nothing = kNothing;
  nothing.mark = node.mark;
  const YamlNode& config = given == nullptr || given->kind == YamlKind::kNull ? nothing : *given;
  std::visit([&](auto& c) { load_record(context_, config, c); }, plugin.config);
  return true;
}

void PluginLoader::refuse_unknown(const YamlNode& name) {
  const auto advised =
      std::find_if(std::begin(kAdvice), std::end(kAdvice), [&](const Advice& a) { return a.plugin == name.text; });
  const bool of_kong = std::find(std::begin(kNotYet), std::end(kNotYet), name.text) != std::end(kNotYet);
  if (advised != std::end(kAdvice)) {
    context_.error(name.mark, fmt::format("plugin '{}' is not supported; {}", name.text, advised->instead));
  } else if (of_kong) {
    context_.error(name.mark, fmt::format("plugin '{}' is not supported yet", name.text));
  } else {
    const std::string known = known_names(std::make_index_sequence<std::variant_size_v<PluginConfig>>());
    context_.error(name.mark, fmt::format("there is no plugin '{}'; expected one of: {}", name.text, known));
  }
}

void PluginLoader::check_protocols(const YamlNode& node, Plugin& plugin) {
  const std::span<const policy::Protocol> allowed = plugin.info().protocols;
  const YamlNode* list = node.find("protocols");
  for (size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const std::string& text = list->items[i]->text;
    const auto same = [&](policy::Protocol p) { return policy::to_text(p) == text; };
    if (std::any_of(allowed.begin(), allowed.end(), same)) continue;
    const LoadContext::Step step(context_, "protocols");
    const LoadContext::Step element(context_, i);
    std::vector<std::string_view> names;
    for (const policy::Protocol p : allowed) names.push_back(policy::to_text(p));
    if (!context_.complained()) {
      context_.error(list->items[i]->mark, fmt::format("expected one of: {}", fmt::join(names, ", ")),
                     describe(*list->items[i]));
    }
  }
}

void PluginLoader::place(const YamlNode& node, const Parent& parent, Plugin& plugin) {
  const std::string_view field = parent_field(parent);
  if (!field.empty() && node.find(field) != nullptr) {
    const LoadContext::Step step(context_, field);
    context_.error(node.find(field)->mark, fmt::format("unknown field: the plugin stands in its {}", field));
  }
  if (const auto* service = std::get_if<policy::Ref<policy::Service>>(&parent)) plugin.service = *service;
  if (const auto* route = std::get_if<policy::Ref<policy::Route>>(&parent)) plugin.route = *route;
  if (const auto* consumer = std::get_if<policy::Ref<policy::Consumer>>(&parent)) plugin.consumer = *consumer;
}

// Kong's: the name and the references, those of the file as they are written, that of the parent by its id.
void PluginLoader::settle_id(const YamlNode& node, Plugin& plugin) {
  if (plugin.id.is_nil()) {
    const auto part = [&](std::string_view field, const auto& ref) -> std::string {
      const YamlNode* written = node.find(field);
      if (written != nullptr && written->kind == YamlKind::kString) return written->text;
      return ref ? policy_[*ref].id.to_string() : std::string();
    };
    plugin.id = kong_id("plugins", fmt::format("plugins:*:{}:{}:{}:{}", plugin.name(), part("route", plugin.route),
                                               part("service", plugin.service), part("consumer", plugin.consumer)));
    // An id that was derived clashes only where the scope does; check_scope() says that.
    return;
  }
  unique_.claim_id(node.mark, "plugins", plugin.id);
}

void PluginLoader::check_scope(const YamlNode& node, const Plugin& plugin) {
  const Scope scope{std::string(plugin.name()), index_of(plugin.service), index_of(plugin.route),
                    index_of(plugin.consumer)};
  const auto [placed, first] = scopes_.try_emplace(scope, node.mark);
  if (first) return;
  context_.entity_error(node.mark,
                        fmt::format("uniqueness violation: plugin '{}' already declared for the same scope (line {})",
                                    plugin.name(), placed->second.line));
}

}  // namespace sluice::config
