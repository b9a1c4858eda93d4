// load_children: entities that belong to a parent (credentials, targets, SNIs), nested in it or at top level with a
// reference to it. Both ways end in the parent's own list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/entity_session.h"
#include "config/field_loader.h"

namespace sluice::config {

// What a kind's loader does with a child that was read: looks at what its table cannot say. False: it is left out.
template <typename Child>
bool accept_child(LoadContext&, const YamlNode&, Child&) {
  return true;
}

// Whether a child that stands in `parent` says that it belongs to another one.
template <typename Parent>
bool names_another(const YamlNode* field, const Parent& parent) {
  if (field == nullptr || field->kind == YamlKind::kNull) return false;
  const std::string text = reference_text(field);
  if (text == parent.id.to_string()) return false;
  if constexpr (requires { parent.username; }) return parent.username != text;
  if constexpr (requires { parent.name; }) return parent.name != text;
  return true;
}

// `parent` is nullptr where the reference was wrong: then only the child's mistakes are said. `parent_text`: the parent
// as the file names it there.
template <typename Child, typename Parent>
void load_child(EntitySession& session, const YamlNode& node, Parent* parent, std::string_view parent_text) {
  using K = Kind<Child>;
  static const std::vector<std::string_view> kAlso = with_common_keys({K::kParent});
  Child child;
  load_record(session.context, node, child, kAlso);
  if (parent_text.empty()) {
    refuse_parent(session.context, node, K::kParent, names_another(node.find(K::kParent), *parent));
  }
  check_common_keys(session.context, node);
  if (!accept_child(session.context, node, child) || parent == nullptr) return;
  const std::string in = parent->id.to_string();
  const auto key = K::id_key(child, parent_text.empty() ? std::string_view(in) : parent_text);
  session.settle_id(child, key, {K::kParent, parent->id});
  if (K::claim(session.unique, node.mark, child)) session.claim_id(child, node);
  (parent->*K::kChildren).push_back(std::move(child));
}

template <typename Child, typename Parent>
void load_nested_children(EntitySession& session, const YamlNode& node, Parent& parent) {
  for_each_entity(session.context, entity_list(session.context, node, Kind<Child>::kPlural), Kind<Child>::kType,
                  [&](const YamlNode& child) { load_child<Child>(session, child, &parent, {}); });
}

template <typename Child, typename Parent>
void load_top_level_children(EntitySession& session, const YamlNode& root, std::vector<Parent>& parents) {
  for_each_entity(session.context, entity_list(session.context, root, Kind<Child>::kPlural), Kind<Child>::kType,
                  [&](const YamlNode& node) {
                    std::optional<policy::Ref<Parent>> parent;
                    RecordLoader loader(session.context, node);
                    loader(Kind<Child>::kParent, parent, {.required = true});
                    const std::string text = reference_text(node.find(Kind<Child>::kParent));
                    load_child<Child>(session, node, parent ? &parents[parent->index] : nullptr,
                                      text.empty() ? "?" : std::string_view(text));
                  });
}

}  // namespace sluice::config
