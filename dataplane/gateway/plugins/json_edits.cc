#include "gateway/plugins/json_edits.h"

#include <algorithm>
#include <optional>

#include "base/block_pool.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/json_object.h"

namespace sluice::gateway {

namespace {

const std::string kNull = "null";

// Nothing: Kong makes nil of it, and the rule does nothing. Of no text it makes the word "null".
std::optional<std::string> to_json(const std::string& given, policy::JsonType type) {
  const std::string& text = given.empty() ? kNull : given;
  switch (type) {
    case policy::JsonType::kBoolean:
      return text == "true" ? "true" : "false";
    case policy::JsonType::kNumber:
      return is_json_number(text) ? std::optional(text) : std::nullopt;
    case policy::JsonType::kString:
      break;
  }
  BlockPool memory(BlockPool::kLargest);
  Arena arena(memory);
  return std::string(to_json_string(arena, text));
}

}  // namespace

std::vector<JsonEdits::Value> JsonEdits::compile(const policy::ResponseTransformerConfig::Pairs& pairs) {
  std::vector<Value> values;
  for (size_t i = 0; i < pairs.json.size(); ++i) {
    const policy::ColonPair& pair = pairs.json[i];
    const policy::JsonType type = i < pairs.json_types.size() ? pairs.json_types[i] : policy::JsonType::kString;
    std::optional<std::string> json = to_json(pair.value, type);
    if (json) values.push_back({pair.name, std::move(*json)});
  }
  return values;
}

JsonEdits::JsonEdits(const policy::ResponseTransformerConfig& config)
    : replace_(compile(config.replace)), add_(compile(config.add)), append_(compile(config.append)) {
  for (const std::string& entry : config.remove.json)
    remove_.push_back(std::string_view(entry).substr(0, entry.find(':')));
  std::ranges::copy_if(config.rename.json, std::back_inserter(rename_), [](const auto& p) { return !p.value.empty(); });
}

bool JsonEdits::empty() const {
  return remove_.empty() && rename_.empty() && replace_.empty() && add_.empty() && append_.empty();
}

std::string_view JsonEdits::edit(Context& context, std::string_view body) const {
  Arena& arena = context.http.arena;
  auto [fault, object] = JsonObject::parse(arena, body, replace_.size() + add_.size() + append_.size());
  if (fault == JsonObject::Fault::kMalformed) context.http.worker.count(Counter::kGatewayBodyMalformed);
  if (fault == JsonObject::Fault::kNoMemory) context.http.worker.count(Counter::kGatewayBodyNoMemory);
  if (fault != JsonObject::Fault::kNone) return body;
  for (std::string_view name : remove_) object.remove(name);
  for (const policy::ColonPair& pair : rename_) {
    // Kong sets the new name first, so that a member of the same name goes.
    pair.name == pair.value ? object.remove(pair.name) : object.rename(pair.name, pair.value);
  }
  bool done = true;
  for (const Value& value : replace_) {
    if (object.has(value.name)) done &= object.set(value.name, value.json);
  }
  for (const Value& value : add_) {
    if (!object.has(value.name)) done &= object.set(value.name, value.json);
  }
  for (const Value& value : append_) {
    const std::string_view appended = append_json(arena, object.find(value.name), value.json);
    done &= appended.data() != nullptr && object.set(value.name, appended);
  }
  const std::string_view edited = object.encode();
  note_edit(context, done && edited.data() != nullptr);
  return edited.data() == nullptr ? body : edited;
}

}  // namespace sluice::gateway
