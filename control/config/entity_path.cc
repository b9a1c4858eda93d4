#include "config/entity_path.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::config {

namespace {

void add_entity_paths(const YamlNode& map, const std::string& above, policy::Mark where,
                      std::vector<std::string>& paths) {
  for (const YamlNode::Entry& entry : map.entries) {
    if (entry.value->kind != YamlKind::kList) continue;
    for (size_t i = 0; i < entry.value->items.size(); ++i) {
      const YamlNode& item = *entry.value->items[i];
      if (item.kind != YamlKind::kMap) continue;
      const std::string path = fmt::format("{}{}[{}]", above, entry.key, i);
      if (item.mark.line == where.line && item.mark.column == where.column) paths.push_back(path);
      add_entity_paths(item, path + ".", where, paths);
    }
  }
}

}  // namespace

std::vector<PathStep> steps_of(std::string_view path) {
  std::vector<PathStep> steps;
  while (!path.empty()) {
    const size_t end = std::min(path.find_first_of(".[", 1), path.size());
    std::string_view step = path.substr(0, end);
    path.remove_prefix(end);
    if (step.starts_with('[')) {
      steps.emplace_back(static_cast<size_t>(std::stoul(std::string(step.substr(1)))));
    } else {
      steps.emplace_back(std::string(step.starts_with('.') ? step.substr(1) : step));
    }
  }
  return steps;
}

const YamlNode* find_node(const YamlNode* root, const std::string& path) {
  for (const PathStep& step : steps_of(path)) {
    if (root == nullptr) return nullptr;
    if (const auto* index = std::get_if<size_t>(&step)) {
      root = *index < root->items.size() ? root->items[*index] : nullptr;
    } else {
      root = root->find(std::get<std::string>(step));
    }
  }
  return root;
}

std::vector<std::string> entity_paths(const YamlNode& root, policy::Mark where) {
  std::vector<std::string> paths;
  add_entity_paths(root, "", where, paths);
  return paths;
}

}  // namespace sluice::config
