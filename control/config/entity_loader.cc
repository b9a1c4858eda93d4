#include "config/entity_loader.h"

#include "config/child_loader.h"

namespace sluice::config {

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
  session_.settle_id(vault, node, "vaults:*:" + vault.prefix, {});
  session_.unique.claim(node.mark, Kind<Vault>::kPlural, "prefix", vault.prefix);
  session_.references.vaults.add(vault.prefix, vault.config.prefix.value_or(std::string()));
  session_.policy.vaults.push_back(std::move(vault));
}

void EntityLoader::load_upstream(const YamlNode& node) {
  static const std::vector<std::string_view> kAlso = with_common_keys({"targets"});
  Upstream upstream;
  load_record(session_.context, node, upstream, kAlso);
  check_common_keys(session_.context, node);
  const policy::Ref<Upstream> ref{static_cast<uint32_t>(session_.policy.upstreams.size())};
  const auto name = upstream.name.empty() ? std::nullopt : std::optional(upstream.name);
  if (name) session_.settle_named(upstream, node, "name", name, {}, ref, session_.references.upstreams);
  load_nested_children<policy::Target>(session_, node, upstream);
  session_.policy.upstreams.push_back(std::move(upstream));
}

}  // namespace sluice::config
