// Plugin: one configured plugin of a snapshot. Immutable; shared by nobody but the worker threads, which only read it.
//
// A plugin is made once a policy by the overload of make_plugin() for its configuration, declared in the header of its
// pair in plugins/. What it must remember between requests lives outside (SharedState), keyed by entity ids, so that a
// reload keeps it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/consumers.h"
#include "gateway/context.h"
#include "gateway/shared_state.h"
#include "match/scratch.h"
#include "sluice/policy/plugin.h"
#include "sluice/result.h"

namespace sluice::gateway {

// The longest body that a plugin reads or changes. A longer one passes as it is, counted, as Kong lets one pass that
// does not fit into its buffers.
inline constexpr size_t kMostBodyBytes = 512 << 10;

class Plugin {
 public:
  virtual ~Plugin() = default;

  // The longest request body, in bytes, that access() must have whole; 0: none. Asked right before access(), which then
  // finds the body in context.http.body: read, empty, or not read because it is longer.
  virtual size_t reads_body(const Context&) const { return 0; }
  // Kong's access phase. On kAnswer, context.http.answer is filled (see errors.h).
  virtual http::Verdict access(Context&) const { return http::Verdict::kContinue; }
  // Kong's header_filter phase: on the origin's answer and on local ones alike, in the same order as access. Runs for
  // plugins whose access phase did not run too, when an earlier plugin answered.
  virtual void header_filter(Context&, http::Response&) const {}
  // Kong's log phase: the place in its policy of a plugin that wants the record of this request. Runs for the plugins
  // whose header filters run.
  virtual std::optional<uint32_t> sink(Context&) const { return std::nullopt; }
  // Kong's body_filter phase, once, with the whole body of the answer, where a header filter has asked for it
  // (Context::answer_body). Returns what takes its place, in the arena, or `body` itself.
  virtual std::string_view body_filter(Context&, std::string_view body) const { return body; }
};

// What make_plugin() may look at, on the control side. All of it lives as long as the snapshot, or longer.
struct PluginEnvironment {
  const policy::Policy& policy;
  const policy::Plugin& plugin;  // the entity: id, scope
  std::string_view plugin_id;    // its UUID in lower-case text
  const Consumers& consumers;    // and their credentials
  const SharedState& shared;
  match::ScratchPlan& scratch_plan;  // grown by what is scanned for, as in CompileEnvironment
  std::string_view product;          // our name in Via and Server
};

// The error says what is wrong with the configuration (a regex, a template); the caller adds where it stands.
using MadePlugin = Result<std::unique_ptr<const Plugin>, std::string>;

// For each configuration C of the catalogue, in plugins/<name>.h; found by overload:
//   MadePlugin make_plugin(const policy::C&, const PluginEnvironment&);

}  // namespace sluice::gateway
