#include "config/entity_loader.h"

#include <fmt/format.h>

#include "config/child_loader.h"

namespace sluice::config {

using policy::Algorithm;
using policy::HashOn;
using policy::Upstream;
using policy::Vault;

void EntityLoader::load(const YamlNode& root) {
  LoadContext& context = session_.context;
  const auto top_level = [&](std::string_view key) { return entity_list(context, root, key); };
  for_each_entity(context, top_level("vaults"), "vault", [&](const YamlNode& node) { load_vault(node); });
  certificates_.load(root);
  services_.load_services(root);
  for_each_entity(context, top_level("upstreams"), "upstream", [&](const YamlNode& node) { load_upstream(node); });
  load_top_level_children<policy::Target>(session_, root, session_.policy.upstreams);
  consumers_.load(root);
  services_.load_routes(root);
  session_.plugins.collect(top_level("plugins"), {});
  session_.plugins.load_collected();
}

void EntityLoader::load_vault(const YamlNode& node) {
  static const std::vector<std::string_view> kAlso = with_common_keys({});
  Vault vault;
  load_record(session_.context, node, vault, kAlso);
  check_common_keys(session_.context, node);
  session_.settle_id(vault, "vaults:*:" + vault.prefix, {});
  if (session_.unique.claim(node.mark, Kind<Vault>::kPlural, "prefix", vault.prefix)) session_.claim_id(vault, node);
  session_.references.vaults.add(vault.prefix, vault.config.prefix.value_or(std::string()));
  session_.policy.vaults.push_back(std::move(vault));
}

// What is hashed must not only be named, but named rightly; that it is there is a matter of the upstream's own.
static void check_hash_inputs(LoadContext& context, const Upstream& upstream, const YamlNode& node) {
  struct Input {
    HashOn what;
    std::string_view field;
    std::string_view fallback_field;
  };
  constexpr Input kInputs[] = {{HashOn::kHeader, "hash_on_header", "hash_fallback_header"},
                               {HashOn::kCookie, "hash_on_cookie", "hash_on_cookie"},
                               {HashOn::kQueryArg, "hash_on_query_arg", "hash_fallback_query_arg"},
                               {HashOn::kUriCapture, "hash_on_uri_capture", "hash_fallback_uri_capture"}};
  const auto check = [&](bool used, std::string_view field, std::string_view by) {
    const YamlNode* value = node.find(field);
    if (!used || value == nullptr || value->kind == YamlKind::kNull) return;
    bool wrong = false;
    {
      const LoadContext::Step step(context, field);
      wrong = context.complained();
    }
    if (wrong) {
      context.entity_error(node.mark, fmt::format("failed conditional validation given value of field '{}'", by));
    }
  };
  for (const Input& input : kInputs) {
    check(upstream.hash_on == input.what, input.field, "hash_on");
    check(upstream.hash_fallback == input.what, input.fallback_field, "hash_fallback");
  }
}

void EntityLoader::load_upstream(const YamlNode& node) {
  static const std::vector<std::string_view> kAlso = with_common_keys({"targets"});
  Upstream upstream;
  load_record(session_.context, node, upstream, kAlso);
  check_common_keys(session_.context, node);
  check_hash_inputs(session_.context, upstream, node);
  // Who says that nothing is hashed does not want consistent-hashing, whatever `algorithm` says: as in Kong.
  const YamlNode* hash_on = node.find("hash_on");
  const bool refuses_hash = hash_on != nullptr && hash_on->kind == YamlKind::kString && hash_on->text == "none";
  if (refuses_hash && upstream.algorithm == Algorithm::kConsistentHashing) upstream.algorithm = Algorithm::kRoundRobin;
  const policy::Ref<Upstream> ref{static_cast<uint32_t>(session_.policy.upstreams.size())};
  const auto name = upstream.name.empty() ? std::nullopt : std::optional(upstream.name);
  if (name) session_.settle_named(upstream, node, "name", name, {}, ref, session_.references.upstreams);
  load_nested_children<policy::Target>(session_, node, upstream);
  session_.policy.upstreams.push_back(std::move(upstream));
}

}  // namespace sluice::config
