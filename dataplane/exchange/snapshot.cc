#include "exchange/snapshot.h"

#include "edge/stage.h"
#include "gateway/shared_state.h"
#include "gateway/stage.h"
#include "match/hyperscan_database.h"
#include "match/scratch.h"
#include "upstream/upstream.h"

namespace sluice::exchange {

std::vector<std::string> Snapshot::names_to_resolve() const {
  return parts_.upstreams->names_to_resolve();
}

Result<std::unique_ptr<const Snapshot>, CompileErrors> compile(std::shared_ptr<const policy::Policy> policy,
                                                               uint64_t generation, const CompileContext& context) {
  match::ScratchPlan plan;
  CompileErrors errors;
  if (context.databases != nullptr) context.databases->allow(context.most_regex_bytes);
  auto edge = edge::Stage::compile(policy->edge);
  if (!edge) {
    for (const edge::CompileError& error : edge.error()) errors.push_back({error.where, {}, error.message});
  }
  auto gateway = gateway::Stage::compile(*policy, {.shared = context.gateway,
                                                   .product = context.product,
                                                   .hash_key = context.hash_key,
                                                   .scratch_plan = plan,
                                                   .databases = context.databases});
  if (!gateway) {
    for (const gateway::CompileError& error : gateway.error()) {
      errors.push_back({error.where, error.field, error.message});
    }
  }
  auto upstreams = upstream::UpstreamSet::compile(*policy, context.health);
  if (!upstreams) errors.push_back({{}, {}, upstreams.error()});
  if (context.databases != nullptr && context.databases->is_exhausted()) {
    errors.push_back({{}, {}, "its regexes compile to more than the memory that is left for them"});
  }
  if (!errors.empty()) return errors;

  Snapshot::Parts parts{.policy = std::move(policy),
                        .edge = std::move(edge).value(),
                        .gateway = std::move(gateway).value(),
                        .upstreams = std::move(upstreams).value(),
                        .scratches = {}};
  for (unsigned i = 0; i < context.workers + 1; ++i) {
    auto scratch = plan.make();
    if (scratch == nullptr) return CompileErrors{{{}, {}, "out of memory for the scratch of a worker"}};
    parts.scratches.push_back(std::move(scratch));
  }
  return std::make_unique<const Snapshot>(generation, std::move(parts));
}

}  // namespace sluice::exchange
