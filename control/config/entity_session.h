// EntitySession: what the loaders of all kinds of entities share while one file is loaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/entity_ids.h"
#include "config/entity_kinds.h"
#include "config/entity_list.h"
#include "config/load_context.h"
#include "config/plugin_loader.h"
#include "config/uniqueness.h"
#include "sluice/policy/policy.h"

namespace sluice::config {

struct EntitySession {
  EntitySession(LoadContext& load_context, References& known, policy::Policy& loaded)
      : context(load_context), references(known), policy(loaded), unique(load_context), plugins(*this) {}

  // Whom an entity stands in.
  struct Parent {
    std::string_view field;
    policy::Uuid id;
  };

  // Where the entity has no id: Kong's by `key`, or one by content where there is no key.
  template <typename T>
  void settle_id(T& entity, const std::optional<std::string>& key, const Parent& parent) {
    if (entity.id.is_nil()) {
      const auto content = [&] { return described_json(entity, SecretStyle::kKeyedHash, &policy); };
      entity.id = key ? kong_id(Kind<T>::kPlural, *key) : content_ids.make(Kind<T>::kPlural, parent.id, content());
    }
    context.identify(entity.id, parent.field, parent.id);
  }

  // Follows settle_id(), and the claim of a name: of an entity whose name was taken Kong says no more than that.
  template <typename T>
  void claim_id(const T& entity, const YamlNode& node) {
    unique.claim_id(node.mark, Kind<T>::kPlural, entity.id);
  }

  // The same for an entity that its name identifies: puts it in the table of its kind, and claims name and id.
  template <typename T>
  void settle_named(T& entity, const YamlNode& node, std::string_view name_field,
                    const std::optional<std::string>& name, const Parent& parent, policy::Ref<T> ref,
                    NameTable<T>& table) {
    const bool named_twice = name && !table.add_name(*name, ref);
    // A second entity of a name gets the same id; one complaint is enough.
    if (named_twice && entity.id.is_nil()) entity.id = kong_id(Kind<T>::kPlural, *name);
    if (named_twice) {
      context.identify(entity.id, parent.field, parent.id);
      unique.claim(node.mark, Kind<T>::kPlural, name_field, *name);
      return;
    }
    if (name) unique.claim(node.mark, Kind<T>::kPlural, name_field, *name);
    settle_id(entity, name, parent);
    claim_id(entity, node);
    table.add_id(entity.id, ref);
  }

  LoadContext& context;
  References& references;
  policy::Policy& policy;
  Uniqueness unique;
  ContentIds content_ids;
  PluginLoader plugins;
};

}  // namespace sluice::config
