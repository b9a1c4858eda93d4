#include "config/plugin_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/entity_session.h"
#include "config/field_loader.h"
#include "config/plugin_advice.h"

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

// The key in the file that says what a plugin nested in this parent is limited to.
std::string_view parent_field(const PluginLoader::Parent& parent) {
  constexpr std::array<std::string_view, 5> kFields = {"", "service", "route", "consumer", "consumer_group"};
  return kFields[parent.index()];
}

// Whom these recognise, refuse or let pass is not known by its consumer. Kong looks at plugins at top level alone.
bool takes_no_consumer(std::string_view plugin) {
  constexpr std::string_view kPlugins[] = {"acl",       "basic-auth", "bot-detection", "cors",
                                           "hmac-auth", "jwt",        "key-auth"};
  return std::ranges::find(kPlugins, plugin) != std::end(kPlugins);
}

// The one that is not among Kong's could not run wherever it stands, and would leave open what it is to guard.
bool never_takes_consumer(std::string_view plugin) {
  return plugin == policy::Oauth2IntrospectionConfig::kPlugin.name;
}

template <typename T>
int64_t index_of(const std::optional<policy::Ref<T>>& ref) {
  return ref ? int64_t{ref->index} : -1;
}

}  // namespace

void PluginLoader::load_collected() {
  for (const Collected& collected : lists_) {
    for_each_entity(session_.context, collected.list, "plugin",
                    [&](const YamlNode& node) { load(node, collected.parent); });
  }
}

void PluginLoader::load(const YamlNode& node, const Parent& parent) {
  static const std::vector<std::string_view> kAlso = with_common_keys({"name", "config"});
  Plugin plugin;
  const bool known = load_config(node, plugin);
  if (known) check_consumer(node, parent, plugin);
  if (known) plugin.protocols.assign(plugin.info().default_protocols.begin(), plugin.info().default_protocols.end());
  load_record(session_.context, node, plugin, kAlso);
  check_common_keys(session_.context, node);
  place(node, parent, plugin);
  if (!known) return;
  check_protocols(node, plugin);
  const bool fresh = settle_id(node, parent, plugin);
  if (plugin.instance_name) session_.unique.claim(node.mark, "plugins", "instance_name", *plugin.instance_name);
  if (fresh) check_scope(node, plugin);
  session_.policy.plugins.push_back(std::move(plugin));
}

void PluginLoader::check_consumer(const YamlNode& node, const Parent& parent, const Plugin& plugin) {
  const bool at_top = std::holds_alternative<std::monostate>(parent);
  if (at_top && takes_no_consumer(plugin.name())) refuse_scope(node, parent, "consumer");
  if (!never_takes_consumer(plugin.name())) return;
  refuse_scope(node, parent, "consumer");
  refuse_scope(node, parent, "consumer_group");
}

void PluginLoader::refuse_scope(const YamlNode& node, const Parent& parent, std::string_view field) {
  const YamlNode* scope = node.find(field);
  const bool is_written = scope != nullptr && scope->kind != YamlKind::kNull;
  if (!is_written && parent_field(parent) != field) return;
  const LoadContext::Step step(session_.context, field);
  session_.context.error(is_written ? scope->mark : node.mark, "value must be null",
                         is_written ? describe(*scope) : std::string());
}

bool PluginLoader::load_config(const YamlNode& node, Plugin& plugin) {
  LoadContext& context = session_.context;
  const YamlNode* name = node.find("name");
  {
    const LoadContext::Step step(context, "name");
    if (name == nullptr || name->kind != YamlKind::kString) {
      const bool missing = name == nullptr || name->kind == YamlKind::kNull;
      context.error(name == nullptr ? node.mark : name->mark, missing ? "required field missing" : "expected a string");
      return false;
    }
    auto config = make_config(name->text);
    if (!config) {
      context.error(name->mark,
                    fmt::format("plugin '{}' not enabled; add it to the 'plugins' configuration property", name->text),
                    {}, plugin_advice(name->text));
      return false;
    }
    plugin.config = std::move(*config);
  }
  const LoadContext::Step step(context, "config");
  static const YamlNode kNothing{.kind = YamlKind::kMap};
  const YamlNode* given = node.find("config");
  if (given != nullptr && given->kind == YamlKind::kNull) {
    context.error(given->mark, "required field missing");
    return true;
  }
  YamlNode nothing = kNothing;
  nothing.mark = node.mark;
  std::visit([&](auto& c) { load_record(context, given == nullptr ? nothing : *given, c); }, plugin.config);
  return true;
}

void PluginLoader::check_protocols(const YamlNode& node, Plugin& plugin) {
  LoadContext& context = session_.context;
  const std::span<const policy::Protocol> allowed = plugin.info().protocols;
  const YamlNode* list = node.find("protocols");
  for (size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const std::string& text = list->items[i]->text;
    const auto same = [&](policy::Protocol p) { return policy::to_text(p) == text; };
    if (std::any_of(allowed.begin(), allowed.end(), same)) continue;
    const LoadContext::Step step(context, "protocols");
    const LoadContext::Step element(context, i);
    std::vector<std::string_view> names;
    for (const policy::Protocol p : allowed) names.push_back(policy::to_text(p));
    if (!context.complained()) {
      context.error(list->items[i]->mark, fmt::format("expected one of: {}", fmt::join(names, ", ")),
                    describe(*list->items[i]));
    }
  }
}

void PluginLoader::place(const YamlNode& node, const Parent& parent, Plugin& plugin) {
  const auto put = [&]<typename T>(std::optional<policy::Ref<T>>& scope) {
    const auto* ref = std::get_if<policy::Ref<T>>(&parent);
    if (ref == nullptr) return;
    refuse_parent(session_.context, node, parent_field(parent), scope && *scope != *ref);
    scope = *ref;
  };
  put(plugin.service);
  put(plugin.route);
  put(plugin.consumer);
  put(plugin.consumer_group);
}

// Kong's: the name and the references, those of the file as they are written, that of the parent by its id.
bool PluginLoader::settle_id(const YamlNode& node, const Parent& parent, Plugin& plugin) {
  const policy::Policy& policy = session_.policy;
  const auto part = [&](std::string_view field, const auto& ref) -> std::string {
    const YamlNode* written = node.find(field);
    if (written != nullptr && written->kind == YamlKind::kString) return written->text;
    return ref ? policy[*ref].id.to_string() : std::string();
  };
  if (plugin.id.is_nil()) {
    std::string key = fmt::format("plugins:*:{}:{}:{}:{}", plugin.name(), part("route", plugin.route),
                                  part("service", plugin.service), part("consumer", plugin.consumer));
    if (plugin.consumer_group) key += ":" + part("consumer_group", plugin.consumer_group);
    plugin.id = kong_id("plugins", key);
  }
  policy::Uuid parent_id;
  const auto see = [&]<typename T>(const std::optional<policy::Ref<T>>& ref) {
    if (std::holds_alternative<policy::Ref<T>>(parent)) parent_id = policy[*ref].id;
  };
  see(plugin.service);
  see(plugin.route);
  see(plugin.consumer);
  see(plugin.consumer_group);
  session_.context.identify(plugin.id, parent_field(parent), parent_id);
  return session_.unique.claim_id(node.mark, "plugins", plugin.id);
}

void PluginLoader::check_scope(const YamlNode& node, const Plugin& plugin) {
  const Scope scope{std::string(plugin.name()), index_of(plugin.service), index_of(plugin.route),
                    index_of(plugin.consumer), index_of(plugin.consumer_group)};
  const auto [placed, first] = scopes_.try_emplace(scope, node.mark);
  if (first) return;
  session_.context.conflict(
      node.mark, fmt::format("uniqueness violation: plugin '{}' already declared for the same scope", plugin.name()),
      fmt::format("line {}", placed->second.line));
}

}  // namespace sluice::config
