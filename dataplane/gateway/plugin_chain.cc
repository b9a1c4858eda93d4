#include "gateway/plugin_chain.h"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "gateway/errors.h"
#include "gateway/plugins/acl.h"
#include "gateway/plugins/basic_auth.h"
#include "gateway/plugins/bot_detection.h"
#include "gateway/plugins/correlation_id.h"
#include "gateway/plugins/cors.h"
#include "gateway/plugins/hmac_auth.h"
#include "gateway/plugins/ip_restriction.h"
#include "gateway/plugins/jwt.h"
#include "gateway/plugins/key_auth.h"
#include "gateway/plugins/loggers.h"
#include "gateway/plugins/oauth2_introspection.h"
#include "gateway/plugins/opentelemetry.h"
#include "gateway/plugins/proxy_cache.h"
#include "gateway/plugins/rate_limiting.h"
#include "gateway/plugins/redirect.h"
#include "gateway/plugins/request_size_limiting.h"
#include "gateway/plugins/request_termination.h"
#include "gateway/plugins/request_transformer.h"
#include "gateway/plugins/response_ratelimiting.h"
#include "gateway/plugins/response_transformer.h"

namespace sluice::gateway {
namespace {

// Kong runs a plugin whose `protocols` name at least one of its subsystem, whatever the request's protocol is.
bool runs(const policy::Plugin& plugin) {
  return plugin.enabled && std::any_of(plugin.protocols.begin(), plugin.protocols.end(), policy::is_http);
}

MadePlugin make(const PluginEnvironment& environment) {
  return std::visit([&](const auto& config) { return make_plugin(config, environment); }, environment.plugin.config);
}

}  // namespace

size_t PluginChains::ScopeHash::operator()(const Scope& scope) const {
  const uint64_t low = uint64_t{scope.route} << 32 | scope.service;
  const uint64_t high = uint64_t{scope.consumer} << 32 | scope.group;
  return std::hash<uint64_t>()(low * 0x9e3779b97f4a7c15u ^ high * 0xff51afd7ed558ccdu);
}

const ConfiguredPlugin* PluginChains::Name::find(Scope scope) const {
  const auto found = by_scope.find(scope);
  return found == by_scope.end() ? nullptr : found->second;
}

// Kong's precedence; of the groups that a consumer is in, the first that has a configuration.
const ConfiguredPlugin* PluginChains::Name::choose(Scope whole,
                                                   std::span<const policy::Ref<policy::ConsumerGroup>> groups) const {
  const auto [route, service, consumer, none] = whole;
  struct Level {
    Scope scope;
    bool of_group = false;
  };
  const Level precedence[] = {
      {{route, service, consumer}}, {{route, service}, true}, {{route, kAny, consumer}}, {{kAny, service, consumer}},
      {{route, kAny}, true},        {{kAny, service}, true},  {{route, service}},        {{kAny, kAny, consumer}},
      {{kAny, kAny}, true},         {{route, kAny}},          {{kAny, service}},         {{kAny, kAny}},
  };
  for (Level level : precedence) {
    for (size_t i = 0; level.of_group && i < groups.size(); ++i) {
      level.scope.group = groups[i].index;
      if (const ConfiguredPlugin* found = find(level.scope)) return found;
    }
    if (level.of_group) continue;
    if (const ConfiguredPlugin* found = find(level.scope)) return found;
  }
  return nullptr;
}

Result<std::unique_ptr<const PluginChains>, CompileErrors> PluginChains::compile(const policy::Policy& policy,
                                                                                 const Consumers& consumers,
                                                                                 const SharedState& shared,
                                                                                 match::ScratchPlan& scratch_plan,
                                                                                 std::string_view product) {
  std::unique_ptr<PluginChains> chains(new PluginChains);
  chains->policy_ = &policy;
  chains->plugins_.reserve(policy.plugins.size());
  CompileErrors errors;
  for (const policy::Plugin& plugin : policy.plugins) {
    if (!runs(plugin)) continue;
    ConfiguredPlugin configured{&plugin, plugin.id.to_string(), nullptr};
    auto made = make({policy, plugin, configured.id, consumers, shared, scratch_plan, product});
    if (made) {
      configured.plugin = std::move(made).value();
    } else {
      errors.push_back({plugin.where, "config", made.error()});
    }
    chains->plugins_.push_back(std::move(configured));
  }
  if (!errors.empty()) return errors;
  chains->add_names();
  chains->add_chains();
  return std::unique_ptr<const PluginChains>(std::move(chains));
}

void PluginChains::add_names() {
  std::map<std::tuple<int32_t, std::string_view>, Name, std::greater<>> by_order;
  for (const ConfiguredPlugin& plugin : plugins_) {
    const policy::Plugin& entity = *plugin.policy;
    Name& name = by_order[{entity.info().priority, entity.name()}];
    const Scope scope{entity.route ? entity.route->index : kAny, entity.service ? entity.service->index : kAny,
                      entity.consumer ? entity.consumer->index : kAny,
                      entity.consumer_group ? entity.consumer_group->index : kAny};
    name.by_scope.emplace(scope, &plugin);
    name.for_consumers |= scope.consumer != kAny || scope.group != kAny;
  }
  for (auto& [order, name] : by_order) names_.push_back(std::move(name));
}

PluginChains::Chain PluginChains::make_chain(Scope scope) const {
  Chain chain;
  for (const Name& name : names_) {
    const ConfiguredPlugin* without_consumer = name.choose(scope, {});
    if (without_consumer != nullptr || name.for_consumers) chain.push_back({&name, without_consumer});
  }
  return chain;
}

// Routes without plugins of their own share the chain of their service.
void PluginChains::add_chains() {
  std::vector<bool> has_own(policy_->routes.size());
  for (const ConfiguredPlugin& plugin : plugins_) {
    if (plugin.policy->route) has_own[plugin.policy->route->index] = true;
  }
  std::map<uint32_t, uint32_t> chain_of_service;
  for (uint32_t route = 0; route < policy_->routes.size(); ++route) {
    const auto& service = policy_->routes[route].service;
    const Scope scope{route, service ? service->index : kAny};
    const auto next = static_cast<uint32_t>(chains_.size());
    const auto [shared, added] =
        has_own[route] ? std::pair(chain_of_service.end(), true) : chain_of_service.try_emplace(scope.service, next);
    if (added) chains_.push_back(make_chain(scope));
    chain_of_route_.push_back(added ? next : shared->second);
  }
  for (const Slot& slot : make_chain({})) {
    if (slot.without_consumer != nullptr) global_plugins_.push_back(slot.without_consumer->plugin.get());
  }
}

const PluginChains::Chain& PluginChains::chain_of(const policy::Route& route) const {
  return chains_[chain_of_route_[static_cast<size_t>(&route - policy_->routes.data())]];
}

PluginChains::Scope PluginChains::scope_of(const policy::Route& route, const Consumer* consumer) const {
  return {static_cast<uint32_t>(&route - policy_->routes.data()), route.service ? route.service->index : kAny,
          consumer == nullptr ? kAny : consumer->index, kAny};
}

const ConfiguredPlugin* PluginChains::choose(const Slot& slot, const policy::Route& route,
                                             const Consumer* consumer) const {
  if (consumer == nullptr || !slot.name->for_consumers) return slot.without_consumer;
  return slot.name->choose(scope_of(route, consumer), consumer->policy->groups);
}

http::Verdict PluginChains::access(Context& context) const {
  const Chain& chain = chain_of(*context.route);
  ChainProgress& progress = context.chain;
  if (progress.collected.empty()) progress.collected = context.http.arena.try_array<const Plugin*>(chain.size());
  if (progress.collected.size() != chain.size()) return answer_error(context.http, 500, kInternalErrorMessage);
  while (progress.next < chain.size() && progress.verdict != http::Verdict::kWait) {
    const ConfiguredPlugin* chosen = choose(chain[progress.next], *context.route, context.authentication.consumer);
    const bool runs = chosen != nullptr && progress.verdict == http::Verdict::kContinue;
    if (runs && !has_body(context, *chosen->plugin)) return http::Verdict::kWait;
    ++progress.next;
    if (chosen == nullptr) continue;
    progress.collected[progress.count++] = chosen->plugin.get();
    context.plugins = progress.collected.first(progress.count);
    if (runs) progress.verdict = chosen->plugin->access(context);
    progress.woken = Woken::kNot;
  }
  context.plugins = progress.collected.first(progress.count);
  return progress.verdict;
}

void PluginChains::leave(Context& context) const {
  context.chain.verdict = http::Verdict::kAnswer;
  static_cast<void>(access(context));
}

// False: the plugin needs the request's body, which must be read first.
bool PluginChains::has_body(Context& context, const Plugin& plugin) {
  http::WholeBody& body = context.http.body;
  if (body.state != http::WholeBody::State::kStreaming) return true;
  const size_t most_bytes = plugin.reads_body(context);
  if (most_bytes == 0) return true;
  const http::BodyFraming& framing = context.http.request.framing;
  if (framing.kind == http::Framing::kNone) {
    body.state = http::WholeBody::State::kRead;
    return true;
  }
  if (framing.kind == http::Framing::kLength && framing.length_bytes > most_bytes) {
    context.http.worker.count(Counter::kGatewayBodyTooLong);
    body.state = http::WholeBody::State::kNotRead;
    return true;
  }
  body.state = http::WholeBody::State::kWanted;
  body.most_bytes = most_bytes;
  return false;
}

void PluginChains::header_filter(Context& context, http::Response& response) {
  for (const Plugin* plugin : context.plugins) plugin->header_filter(context, response);
}

LogSinks PluginChains::sinks(Context& context) {
  LogSinks sinks;
  for (const Plugin* plugin : context.plugins) {
    if (const std::optional<uint32_t> place = plugin->sink(context)) sinks.add(*place);
  }
  return sinks;
}

std::string_view PluginChains::body_filter(Context& context, std::string_view body) {
  for (const Plugin* plugin : context.plugins) body = plugin->body_filter(context, body);
  return body;
}

std::vector<const ConfiguredPlugin*> PluginChains::explain(const policy::Route& route, const Consumer* consumer) const {
  std::vector<const ConfiguredPlugin*> plugins;
  for (const Slot& slot : chain_of(route)) {
    if (const ConfiguredPlugin* chosen = choose(slot, route, consumer)) plugins.push_back(chosen);
  }
  return plugins;
}

}  // namespace sluice::gateway
