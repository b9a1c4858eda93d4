#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_set>

#include "config/surrogates.h"
#include "config/yaml_scalar.h"

namespace sluice::config {

namespace {

policy::Mark to_mark(const yaml_mark_t& mark) {
  return {static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
}

std::string_view to_view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

struct Event {
  yaml_event_t raw{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }
};

// Thrown inside this file alone: building is recursive and stops at the first mistake.
struct Refusal {
  policy::Mark mark;
  std::string message;
  std::optional<policy::Mark> readable_to = std::nullopt;  // where it is not at `mark` itself
};

}  // namespace

// Turns libyaml's events into nodes.
class YamlBuilder {
 public:
  YamlBuilder(std::string_view text, YamlTree& tree, NumberForms numbers) : tree_(tree), numbers_(numbers) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~YamlBuilder() { yaml_parser_delete(&parser_); }
  YamlBuilder(const YamlBuilder&) = delete;
  YamlBuilder& operator=(const YamlBuilder&) = delete;

  const YamlNode* build_document() {
    expect(YAML_STREAM_START_EVENT);
    Event first;
    next(first);
    if (first.raw.type == YAML_STREAM_END_EVENT) return &new_node({1, 1});
    Event content;
    next(content);
    const YamlNode& root = build(content.raw, 1);
    expect(YAML_DOCUMENT_END_EVENT);
    Event after;
    next(after);
    if (after.raw.type != YAML_STREAM_END_EVENT) {
      throw Refusal{to_mark(after.raw.start_mark), "expected one document, found a second"};
    }
    return &root;
  }

 private:
  void next(Event& event) {
    if (yaml_parser_parse(&parser_, &event.raw) == 1) {
      readable_to_ = to_mark(event.raw.start_mark);
      return;
    }
    const bool reader = parser_.error == YAML_READER_ERROR;
    throw Refusal{reader ? line_of_offset() : to_mark(parser_.problem_mark),
                  parser_.problem == nullptr ? "not YAML" : parser_.problem, readable_to_};
  }

  // A reader error (a byte that is not UTF-8) has no mark of its own: where the parser has come to is near.
  policy::Mark line_of_offset() const { return to_mark(parser_.mark); }

  void expect(yaml_event_type_t type) {
    Event event;
    next(event);
    if (event.raw.type != type) throw Refusal{to_mark(event.raw.start_mark), "unexpected structure"};
  }

  YamlNode& new_node(policy::Mark mark) {
    if (tree_.nodes_.size() >= YamlTree::kMostNodes) throw too_many(mark);
    YamlNode& node = tree_.nodes_.emplace_back();
    node.mark = mark;
    return node;
  }

  static Refusal too_many(policy::Mark mark) {
    return {mark, fmt::format("more than {} values after expansion of aliases", YamlTree::kMostNodes)};
  }

  const YamlNode& build(const yaml_event_t& event, uint16_t depth) {
    const policy::Mark mark = to_mark(event.start_mark);
    if (depth > YamlTree::kMostDepth) throw too_deep(mark);
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        return anchored(event.data.scalar.anchor, build_scalar(event, mark));
      case YAML_SEQUENCE_START_EVENT:
        return anchored(event.data.sequence_start.anchor, build_list(mark, depth));
      case YAML_MAPPING_START_EVENT:
        return anchored(event.data.mapping_start.anchor, build_map(mark, depth));
      case YAML_ALIAS_EVENT:
        return aliased(to_view(event.data.alias.anchor), mark, depth);
      default:
        throw Refusal{mark, "unexpected structure"};
    }
  }

  static Refusal too_deep(policy::Mark mark) {
    return {mark, fmt::format("nested deeper than {}", YamlTree::kMostDepth)};
  }

  const YamlNode& anchored(const yaml_char_t* anchor, YamlNode& node) {
    if (anchor != nullptr) anchors_[std::string(to_view(anchor))] = &node;
    return node;
  }

  const YamlNode& aliased(std::string_view anchor, policy::Mark mark, uint16_t depth) {
    const auto found = anchors_.find(std::string(anchor));
    if (found == anchors_.end()) throw Refusal{mark, fmt::format("invalid reference: {}", anchor)};
    if (depth + found->second->height - 1 > YamlTree::kMostDepth) throw too_deep(mark);
    return *found->second;
  }

  YamlNode& build_scalar(const yaml_event_t& event, policy::Mark mark) {
    const auto& scalar = event.data.scalar;
    YamlNode& node = new_node(mark);
    node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (node.text.find('\0') != std::string::npos) throw Refusal{mark, "a NUL character is not allowed"};
    const auto kind = resolve_scalar(to_view(scalar.tag), scalar.style == YAML_PLAIN_SCALAR_STYLE, node.text, numbers_);
    if (!kind) throw Refusal{mark, fmt::format("unknown tag '{}'", to_view(scalar.tag))};
    node.kind = *kind;
    return node;
  }

  // `parent` has got one more child.
  static void account(YamlNode& parent, const YamlNode& child) {
    if (parent.expanded_nodes + uint64_t{child.expanded_nodes} > YamlTree::kMostNodes) throw too_many(child.mark);
    parent.expanded_nodes += child.expanded_nodes;
    parent.height = std::max<uint16_t>(parent.height, child.height + 1);
  }

  YamlNode& build_list(policy::Mark mark, uint16_t depth) {
    YamlNode& node = new_node(mark);
    node.kind = YamlKind::kList;
    for (;;) {
      Event event;
      next(event);
      if (event.raw.type == YAML_SEQUENCE_END_EVENT) return node;
      const YamlNode& item = build(event.raw, depth + 1);
      account(node, item);
      node.items.push_back(&item);
    }
  }

  YamlNode& build_map(policy::Mark mark, uint16_t depth) {
    YamlNode& node = new_node(mark);
    node.kind = YamlKind::kMap;
    std::unordered_set<std::string> keys;
    std::vector<const YamlNode*> merges;
    for (;;) {
      Event event;
      next(event);
      if (event.raw.type == YAML_MAPPING_END_EVENT) break;
      const policy::Mark key_mark = to_mark(event.raw.start_mark);
      const YamlNode& key = build(event.raw, depth + 1);
      if (key.kind == YamlKind::kList || key.kind == YamlKind::kMap) {
        throw Refusal{key_mark, "expected a scalar as key"};
      }
      if (key.text.size() > YamlTree::kMostKeyBytes) throw Refusal{key_mark, "a key of more than 1024 bytes"};
      Event value_event;
      next(value_event);
      const YamlNode& value = build(value_event.raw, depth + 1);
      account(node, value);
      if (event.raw.type == YAML_SCALAR_EVENT && event.raw.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
          key.text == "<<") {
        merges.push_back(&value);
        continue;
      }
      if (!keys.insert(key.text).second) throw Refusal{key_mark, fmt::format("key '{}' is given twice", key.text)};
      node.entries.push_back({key.text, key_mark, &value});
    }
    for (const YamlNode* merge : merges) merge_into(node, *merge, keys);
    return node;
  }

  // YAML 1.1 merge key: a map, or a list of maps of which earlier ones go first.
  void merge_into(YamlNode& node, const YamlNode& from, std::unordered_set<std::string>& keys) {
    if (from.kind == YamlKind::kList) {
      for (const YamlNode* item : from.items) {
        if (item->kind != YamlKind::kMap) throw Refusal{item->mark, "expected a map to merge"};
        merge_into(node, *item, keys);
      }
      return;
    }
    if (from.kind != YamlKind::kMap) throw Refusal{from.mark, "expected a map to merge"};
    for (const YamlNode::Entry& entry : from.entries) {
      if (!keys.insert(entry.key).second) continue;
      if (++merged_ > YamlTree::kMostMerged) throw Refusal{entry.mark, "too many merged keys"};
      account(node, *entry.value);
      node.entries.push_back({entry.key, entry.mark, entry.value});
    }
  }

  YamlTree& tree_;
  const NumberForms numbers_;
  yaml_parser_t parser_{};
  std::map<std::string, const YamlNode*> anchors_;
  size_t merged_ = 0;
  policy::Mark readable_to_;  // the start of the last event
};

YamlTree::YamlTree(std::string_view text, Diagnostics& diagnostics, NumberForms numbers) {
  if (text.size() > kMostBytes) {
    diagnostics.error({.message = fmt::format("longer than {} bytes", kMostBytes)});
    return;
  }
  try {
    const std::string joined = joined_surrogates(text);
    root_ = YamlBuilder(joined.empty() ? text : joined, *this, numbers).build_document();
  } catch (const Refusal& refusal) {
    diagnostics.error(
        {.mark = refusal.mark, .message = refusal.message, .readable_to = refusal.readable_to.value_or(refusal.mark)});
  }
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : found->value;
}

std::string describe(const YamlNode& node) {
  constexpr size_t kMostText = 60;
  switch (node.kind) {
    case YamlKind::kNull:
      return "nothing";
    case YamlKind::kBool:
      return "boolean " + node.text;
    case YamlKind::kNumber:
      return "number " + node.text.substr(0, kMostText);
    case YamlKind::kList:
      return "a list";
    case YamlKind::kMap:
      return "a map";
    case YamlKind::kString:
      break;
  }
  const std::string text = printable(std::string_view(node.text).substr(0, kMostText));
  return node.text.size() > kMostText ? "\"" + text + "…\"" : "\"" + text + "\"";
}

}  // namespace sluice::config
