#include "config/consumer_loader.h"

#include <algorithm>

#include "config/child_loader.h"
#include "config/public_key_text.h"

namespace sluice::config {

namespace {

using policy::AclGroup;
using policy::BasicauthCredential;
using policy::Consumer;
using policy::ConsumerGroup;
using policy::HmacauthCredential;
using policy::JwtSecret;
using policy::KeyauthCredential;

// Kinds of credentials that Kong has and Sluice does not, each with the reason.
struct Missing {
  std::string_view plural;
  std::string_view reason;
};
constexpr Missing kMissing[] = {
    {"oauth2_credentials",
     "Sluice does not issue tokens: let an authorization server do so, and use the plugin jwt or oauth2-introspection"},
    {"mtls_auth_credentials", "the plugin mtls-auth is not there: use the plugin jwt or key-auth"},
};

// In the year 2001: who writes less means a duration, which Kong without a database does not take for one either.
constexpr int64_t kNobodyIsBefore = 1'000'000'000;

bool accept_usable(LoadContext& context, const YamlNode& node, bool usable) {
  if (!usable) context.warn(node.mark, "left out: without a key or secret nobody can use it");
  return usable;
}

}  // namespace

template <>
bool accept_child(LoadContext& context, const YamlNode& node, KeyauthCredential& credential) {
  if (credential.has_ended(kNobodyIsBefore)) {
    const LoadContext::Step step(context, "ttl");
    context.warn(node.find("ttl")->mark,
                 "says when the key ends, in seconds since 1970, and is over: nobody can use it");
  }
  return accept_usable(context, node, credential.usable());
}

template <>
bool accept_child(LoadContext& context, const YamlNode& node, HmacauthCredential& credential) {
  return accept_usable(context, node, credential.usable());
}

template <>
bool accept_child(LoadContext& context, const YamlNode& node, JwtSecret& secret) {
  if (secret.rsa_public_key && !is_hmac(secret.algorithm) && !is_public_key(*secret.rsa_public_key)) {
    if (secret.key_is_checked()) {
      const LoadContext::Step step(context, "rsa_public_key");
      if (!context.complained()) context.error(node.find("rsa_public_key")->mark, "invalid key");
      context.entity_error(node.mark, "failed conditional validation given value of field 'algorithm'");
    }
    secret.rsa_public_key.reset();
  }
  return accept_usable(context, node, secret.usable());
}

void ConsumerLoader::load(const YamlNode& root) {
  const auto top_level = [&](std::string_view key) { return entity_list(session_.context, root, key); };
  for_each_entity(session_.context, top_level("consumer_groups"), "consumer_group",
                  [&](const YamlNode& node) { load_group(node); });
  for_each_entity(session_.context, top_level("consumers"), "consumer",
                  [&](const YamlNode& node) { load_consumer(node); });
  add_members(root);
  std::vector<Consumer>& consumers = session_.policy.consumers;
  load_top_level_children<KeyauthCredential>(session_, root, consumers);
  load_top_level_children<BasicauthCredential>(session_, root, consumers);
  load_top_level_children<HmacauthCredential>(session_, root, consumers);
  load_top_level_children<JwtSecret>(session_, root, consumers);
  load_top_level_children<AclGroup>(session_, root, consumers);
  refuse_credentials(root);
}

void ConsumerLoader::load_group(const YamlNode& node) {
  static const std::vector<std::string_view> kAlso = with_common_keys({"consumers", "plugins"});
  ConsumerGroup group;
  load_record(session_.context, node, group, kAlso);
  check_common_keys(session_.context, node);
  const policy::Ref<ConsumerGroup> ref{static_cast<uint32_t>(session_.policy.consumer_groups.size())};
  const auto name = group.name.empty() ? std::nullopt : std::optional(group.name);
  session_.settle_named(group, node, "name", name, {}, ref, session_.references.consumer_groups);
  session_.plugins.collect(entity_list(session_.context, node, "plugins"), ref);
  session_.policy.consumer_groups.push_back(std::move(group));
}

void ConsumerLoader::load_consumer(const YamlNode& node) {
  static const std::vector<std::string_view> kAlso =
      with_common_keys({"keyauth_credentials", "basicauth_credentials", "hmacauth_credentials", "jwt_secrets", "acls",
                        "oauth2_credentials", "mtls_auth_credentials", "plugins"});
  Consumer consumer;
  load_record(session_.context, node, consumer, kAlso);
  check_common_keys(session_.context, node);
  // To Kong an empty name is none.
  const bool named = consumer.username.value_or("") != "" || consumer.custom_id.value_or("") != "";
  if (!named && (consumer.username || consumer.custom_id)) {
    session_.context.entity_error(node.mark, "at least one of these fields must be non-empty: 'custom_id', 'username'");
  }
  const policy::Ref<Consumer> ref{static_cast<uint32_t>(session_.policy.consumers.size())};
  session_.settle_named(consumer, node, "username", consumer.username, {}, ref, session_.references.consumers);
  if (consumer.custom_id) session_.unique.claim(node.mark, "consumers", "custom_id", *consumer.custom_id);
  load_nested_children<KeyauthCredential>(session_, node, consumer);
  load_nested_children<BasicauthCredential>(session_, node, consumer);
  load_nested_children<HmacauthCredential>(session_, node, consumer);
  load_nested_children<JwtSecret>(session_, node, consumer);
  load_nested_children<AclGroup>(session_, node, consumer);
  refuse_credentials(node);
  session_.plugins.collect(entity_list(session_.context, node, "plugins"), ref);
  session_.policy.consumers.push_back(std::move(consumer));
}

void ConsumerLoader::add_members(const YamlNode& root) {
  const EntityList groups = entity_list(session_.context, root, "consumer_groups");
  // What is no list was complained of before.
  if (groups.node == nullptr || !stands_for_list(*groups.node)) return;
  for_each_entity(session_.context, groups, "consumer_group", [&](const YamlNode& node) {
    std::vector<policy::Ref<Consumer>> members;
    RecordLoader loader(session_.context, node);
    loader("consumers", members, {});
    const YamlNode* name = node.find("name");
    const auto group = session_.references.consumer_groups.find(name == nullptr ? "" : name->text);
    for (const policy::Ref<Consumer> member : members) {
      auto& own = session_.policy.consumers[member.index].groups;
      const bool there = !group || std::find(own.begin(), own.end(), *group) != own.end();
      if (!there) own.push_back(*group);
    }
  });
}

void ConsumerLoader::refuse_credentials(const YamlNode& map) {
  for (const Missing& missing : kMissing) {
    const YamlNode* list = map.find(missing.plural);
    if (list == nullptr || list->kind == YamlKind::kNull || stands_for_nothing(*list)) continue;
    const LoadContext::Step step(session_.context, missing.plural);
    session_.context.error(list->mark, "not supported", {}, std::string(missing.reason));
  }
}

}  // namespace sluice::config
