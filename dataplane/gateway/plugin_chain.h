// PluginChains: which plugins run for a request, in which order, with which configuration. Kong's rules.
//
// Of each plugin name the most specific configuration runs, never merged with another: route+service+consumer,
// route+service+group, route+consumer, service+consumer, route+group, service+group, route+service, consumer, group,
// route, service, all. What does not depend on the consumer is decided when the policy is compiled; a configuration for
// a consumer or a group is looked up when the chain reaches the plugin's name, by who is authenticated then. Part of
// the snapshot, immutable, shared by all workers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/compile_error.h"
#include "gateway/plugin.h"
#include "sluice/policy/policy.h"
#include "sluice/result.h"

namespace sluice::gateway {

// A plugin of the policy and what was made of it.
struct ConfiguredPlugin {
  const policy::Plugin* policy = nullptr;
  std::string id;  // UUID in lower-case text
  std::unique_ptr<const Plugin> plugin;
};

class PluginChains {
 public:
  // REQUIRES: policy, consumers and shared outlive the chains.
  static Result<std::unique_ptr<const PluginChains>, CompileErrors> compile(const policy::Policy& policy,
                                                                            const Consumers& consumers,
                                                                            const SharedState& shared,
                                                                            match::ScratchPlan& scratch_plan,
                                                                            std::string_view product);

  // Runs the access phase of the plugins of context.route and leaves in context.plugins those whose header filters run
  // on the answer. After a plugin has answered, the later ones only take their place there (Kong's delayed response).
  // kWait: a plugin waits, or needs the request's body (http.body); called again, it goes on where it stopped.
  http::Verdict access(Context& context) const;
  // Ends an access phase that waits: the plugins that it has not reached only take their place in context.plugins.
  void leave(Context& context) const;
  // Runs the header filters of context.plugins.
  static void header_filter(Context& context, http::Response& response);
  // Runs their body filters on the whole body of an answer; returns what is sent.
  static std::string_view body_filter(Context& context, std::string_view body);

  // Those of context.plugins that want the record of the request.
  static LogSinks sinks(Context& context);

  // The plugins of every request: their header filters run where no route was found, too.
  std::span<const Plugin* const> global() const { return global_plugins_; }

  // What would run for this route and consumer (nullptr: nobody), in order; for `explain`. Allocates.
  std::vector<const ConfiguredPlugin*> explain(const policy::Route& route, const Consumer* consumer) const;

 private:
  static constexpr uint32_t kAny = UINT32_MAX;

  // For whom a configuration is: places in the policy, or kAny.
  struct Scope {
    uint32_t route = kAny;
    uint32_t service = kAny;
    uint32_t consumer = kAny;
    uint32_t group = kAny;  // a consumer group
    bool operator==(const Scope&) const = default;
  };
  struct ScopeHash {
    size_t operator()(const Scope& scope) const;
  };

  // All configurations of one plugin name.
  struct Name {
    std::unordered_map<Scope, const ConfiguredPlugin*, ScopeHash> by_scope;
    bool for_consumers = false;  // some of them are for a consumer or a group of consumers

    const ConfiguredPlugin* find(Scope scope) const;
    // The most specific one for a request of this route, service and consumer, who is in these groups.
    const ConfiguredPlugin* choose(Scope whole, std::span<const policy::Ref<policy::ConsumerGroup>> groups) const;
  };

  // One plugin name's place in a chain.
  struct Slot {
    const Name* name = nullptr;
    const ConfiguredPlugin* without_consumer = nullptr;  // nullptr: only some consumers have it
  };
  using Chain = std::vector<Slot>;

  PluginChains() = default;
  void add_names();
  void add_chains();
  Chain make_chain(Scope scope) const;
  const Chain& chain_of(const policy::Route& route) const;
  Scope scope_of(const policy::Route& route, const Consumer* consumer) const;
  static bool has_body(Context& context, const Plugin& plugin);
  const ConfiguredPlugin* choose(const Slot& slot, const policy::Route& route, const Consumer* consumer) const;

  std::vector<ConfiguredPlugin> plugins_;
  std::vector<Name> names_;  // in the order of execution
  std::vector<Chain> chains_;
  std::vector<uint32_t> chain_of_route_;  // by the route's place in the policy
  std::vector<const Plugin*> global_plugins_;
  const policy::Policy* policy_ = nullptr;
};

}  // namespace sluice::gateway
