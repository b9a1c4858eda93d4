#include "config/field_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::config {

const YamlNode* RecordLoader::take(std::string_view name) {
  for (size_t i = 0; i < map_.entries.size(); ++i) {
    if (map_.entries[i].key != name) continue;
    used_[i] = true;
    return map_.entries[i].value;
  }
  return nullptr;
}

void RecordLoader::finish(std::span<const std::string_view> also) {
  for (size_t i = 0; i < map_.entries.size(); ++i) {
    const YamlNode::Entry& entry = map_.entries[i];
    if (used_[i]) continue;
    const LoadContext::Step step(context_, entry.key);
    if (std::find(also.begin(), also.end(), entry.key) != also.end()) continue;
    context_.error(entry.mark, "unknown field");
  }
}

std::string reference_text(const YamlNode* node) {
  if (node != nullptr && node->kind == YamlKind::kMap) {
    for (const std::string_view key : {"id", "name", "username"}) {
      const YamlNode* named = node->find(key);
      if (named != nullptr && named->kind == YamlKind::kString) return named->text;
    }
  }
  return node != nullptr && node->kind == YamlKind::kString ? node->text : std::string();
}

std::optional<std::string> RecordLoader::take_reference(const YamlNode& node) {
  std::string text = reference_text(&node);
  if (!text.empty()) return text;
  context_.error(node.mark, "expected a string", describe(node), "a name or an id");
  return std::nullopt;
}

void refuse_parent(LoadContext& context, const YamlNode& node, std::string_view field, bool another) {
  if (!another) return;
  const LoadContext::Step step(context, field);
  context.error(node.find(field)->mark, "value must be null", {}, "it stands in another " + std::string(field));
}

bool RecordLoader::refuse_reference(const YamlNode& node, std::string_view text, std::string_view plural) {
  if (context_.complained()) return false;
  context_.dangling(node.mark,
                    fmt::format("invalid reference '{}: {}' (no such entry in '{}')", context_.path(), text, plural));
  return false;
}

// The node that `path`, "enrich[2].header", leads to from `node`, as far as it goes.
static const YamlNode& nearest(const YamlNode& node, std::string_view path) {
  if (path.empty()) return node;
  const size_t end = std::min(path.find_first_of(".[", 1), path.size());
  std::string_view step = path.substr(0, end);
  const YamlNode* next = nullptr;
  if (step.starts_with('[')) {
    size_t index = 0;
    std::from_chars(step.data() + 1, step.data() + step.size(), index);
    if (index < node.items.size()) next = node.items[index];
  } else {
    if (step.starts_with('.')) step.remove_prefix(1);
    next = node.find(step);
  }
  return next == nullptr ? node : nearest(*next, path.substr(end));
}

void RecordComplaints::field(std::string_view path, std::string message) {
  const LoadContext::Step step(context_, LoadContext::Step::Path{path});
  if (!context_.complained()) context_.error(nearest(record_, path).mark, std::move(message));
}

policy::Complaints::Given RecordComplaints::given(std::string_view field) const {
  const YamlNode* node = record_.find(field);
  if (node == nullptr || node->kind == YamlKind::kNull) return Given::kNot;
  const bool scalar = node->kind != YamlKind::kList && node->kind != YamlKind::kMap;
  const bool empty = scalar ? node->kind == YamlKind::kString && node->text.empty() : stands_for_nothing(*node);
  return empty ? Given::kEmpty : Given::kFilled;
}

EntityName name_entity(std::string_view type, const YamlNode& node, std::string path) {
  EntityName entity{.type = std::string(type), .path = std::move(path)};
  const auto text = [&](std::string_view key) {
    const YamlNode* value = node.find(key);
    return value != nullptr && value->kind == YamlKind::kString ? &value->text : nullptr;
  };
  for (const std::string_view key : {"name", "username", "custom_id", "group", "target"}) {
    if (!entity.name.empty()) break;
    if (const std::string* name = text(key)) entity.name = *name;
  }
  if (const std::string* id = text("id")) entity.id = *id;
  if (const YamlNode* tags = node.find("tags"); tags != nullptr) {
    for (const YamlNode* tag : tags->items) entity.tags.push_back(tag->text);
  }
  return entity;
}

}  // namespace sluice::config
