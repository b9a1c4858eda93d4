// load_record: a described type from a map, field by field through its table.
//
// Every key of the map must be a field or one of `also`, which the caller reads itself. Null is the same as absent. All
// mistakes are said, none stops the rest; afterwards the type's own complete() and check() run.
#pragma once

#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/load_value.h"
#include "config/record_complaints.h"

namespace sluice::config {

template <typename T>
void load_record(LoadContext& context, const YamlNode& node, T& out, std::span<const std::string_view> also = {});

// The name or the id that a reference says, as it is or in a map {name: …} or {id: …}; empty if it is no reference.
std::string reference_text(const YamlNode* node);

// An entity that stands in its parent does not name one under `field`, unless it is that same parent.
void refuse_parent(LoadContext& context, const YamlNode& node, std::string_view field, bool another);

// What the map of an entity tells about who it is.
EntityName name_entity(std::string_view type, const YamlNode& node, std::string path);

// One value that may have a shorthand.
template <typename T>
inline constexpr bool kIsScalar =
    std::is_arithmetic_v<T> || std::is_same_v<T, std::string> || std::is_same_v<T, Port> ||
    std::is_same_v<T, Duration> || std::is_same_v<T, policy::Secret>;
template <typename T>
inline constexpr bool kIsScalar<std::optional<T>> = kIsScalar<T>;

// A list of them stands for one map.
template <typename T>
inline constexpr bool kIsPair = std::is_same_v<T, policy::NamedValue> || std::is_same_v<T, policy::NamedValues> ||
                                std::is_same_v<T, policy::NamedSecret>;

// Walks a table with a map beside it.
class RecordLoader {
 public:
  RecordLoader(LoadContext& context, const YamlNode& map) : context_(context), map_(map), used_(map.entries.size()) {}

  template <typename T>
  void operator()(std::string_view name, T& member, const FieldInfo& info) {
    const LoadContext::Step step(context_, name);
    const YamlNode* value = take(name);
    if (value == nullptr || value->kind == YamlKind::kNull) {
      const bool missing = info.required || (info.not_null && value != nullptr);
      if (missing) context_.error(value == nullptr ? map_.mark : value->mark, "required field missing");
      return;
    }
    if (info.shorthand_of.empty()) {
      load(*value, info, member);
    } else if constexpr (kIsScalar<T>) {
      load_shorthand(*value, info, member);
    }
  }

  // Complains about every key that no field and none of `also` took.
  void finish(std::span<const std::string_view> also);

 private:
  const YamlNode* take(std::string_view name);

  template <typename T>
  void load_shorthand(const YamlNode& value, const FieldInfo& info, T& member) {
    const YamlNode* other = map_.find(info.shorthand_of.substr(0, info.shorthand_of.find('.')));
    const size_t dot = info.shorthand_of.find('.');
    if (other != nullptr && dot != std::string_view::npos) other = other->find(info.shorthand_of.substr(dot + 1));
    const T before = member;
    if (!load(value, info, member) || other == nullptr || other->kind == YamlKind::kNull || member == before) return;
    context_.error(value.mark, "both deprecated and new field are used but their values mismatch", {},
                   "remove the older one");
  }

  template <typename T>
  bool load(const YamlNode& node, const FieldInfo& info, T& out) {
    if constexpr (std::is_same_v<std::remove_const_t<T>, policy::Unsupported>) {
      if (node.kind == YamlKind::kList && node.items.empty()) return true;
      if (node.kind == YamlKind::kMap && node.entries.empty()) return true;
      const bool own = info.refusal.empty();
      context_.error(node.mark, own ? "value must be null" : std::string(info.refusal), describe(node),
                     own ? "Sluice does not have this field yet" : "");
      return false;
    } else if constexpr (requires { T::fields(out, *this); }) {
      if (info.own_defaults) out = T{};
      load_record(context_, node, out);
      return true;
    } else {
      return load_value(context_, node, info, out);
    }
  }

  template <typename T>
  bool load(const YamlNode& node, const FieldInfo& info, std::optional<T>& out) {
    T value{};
    if (!load(node, info, value)) return false;
    out = std::move(value);
    return true;
  }

  template <typename T>
  bool load(const YamlNode& node, const FieldInfo& info, std::vector<T>& out) {
    if constexpr (kIsPair<T>) {
      return load_value(context_, node, info, out);
    } else {
      return load_list(node, info, out);
    }
  }

  template <typename T>
  bool load(const YamlNode& node, const FieldInfo& info, std::vector<policy::NamedRecord<T>>& out) {
    if (!stands_for_map(node)) {
      context_.error(node.mark, "expected a map", describe(node));
      return false;
    }
    out.clear();
    for_each_entry(context_, node, info, [&](const YamlNode::Entry& entry) {
      T record{};
      load_record(context_, *entry.value, record);
      out.push_back({entry.key, std::move(record)});
    });
    if (info.not_empty && node.entries.empty()) context_.error(node.mark, "length must be at least 1");
    return true;
  }

  template <typename T>
  bool load(const YamlNode& node, const FieldInfo&, policy::Ref<T>& out) {
    const auto text = take_reference(node);
    if (!text) return false;
    const auto& table = context_.references().of(out);
    const auto found = table.find(*text);
    if (!found) return refuse_reference(node, *text, table.plural());
    out = *found;
    return true;
  }

  template <typename T>
  bool load_list(const YamlNode& node, const FieldInfo& info, std::vector<T>& out) {
    if (!stands_for_list(node)) {
      context_.error(node.mark, info.set ? "expected a set" : "expected an array", describe(node));
      return false;
    }
    out.clear();
    for (size_t i = 0; i < node.items.size(); ++i) {
      const LoadContext::Step step(context_, i);
      if (context_.leaves_out_field()) continue;
      T element{};
      if (is_given(context_, *node.items[i]) && load_element(*node.items[i], info, element)) {
        out.push_back(std::move(element));
      }
    }
    if (info.not_empty && node.items.empty()) context_.error(node.mark, "length must be at least 1");
    return true;
  }

  template <typename T>
  bool load_element(const YamlNode& node, const FieldInfo& info, T& out) {
    if constexpr (policy::EntityType<T>) {
      const std::string& above = context_.entity().path;
      const std::string path = above.empty() ? context_.path() : above + "." + context_.path();
      const LoadContext::Scope scope(context_, name_entity(T::kEntityType, node, path));
      return load(node, info, out);
    } else {
      return load(node, info, out);
    }
  }

  // What a reference says; complains if it is none.
  std::optional<std::string> take_reference(const YamlNode& node);
  bool refuse_reference(const YamlNode& node, std::string_view text, std::string_view plural);

  LoadContext& context_;
  const YamlNode& map_;
  std::vector<bool> used_;
};

template <typename T>
void load_record(LoadContext& context, const YamlNode& node, T& out, std::span<const std::string_view> also) {
  if (!stands_for_map(node)) {
    context.error(node.mark, "expected a record", describe(node));
    return;
  }
  if constexpr (requires { out.where; }) out.where = node.mark;
  RecordLoader loader(context, node);
  T::fields(out, loader);
  loader.finish(also);
  if constexpr (requires { out.complete(); }) out.complete();
  if constexpr (requires(policy::Complaints& complaints) { out.check(complaints); }) {
    RecordComplaints complaints(context, node);
    out.check(complaints);
  }
}

}  // namespace sluice::config
