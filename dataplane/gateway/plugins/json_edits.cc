#include "gateway/plugins/json_edits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/block_pool.h"
#include "gateway/plugins/failures.h"
#include "gateway/plugins/json_object.h"
#include "gateway/plugins/lua_number.h"

namespace sluice::gateway {

namespace {

// What Kong makes of a text before it asks for its type: the inside of a JSON string, but with quotes as they were. So
// a text comes out with every backslash doubled, and with the escapes of control characters in their place.
std::string escaped_once(std::string_view text) {
  constexpr std::string_view kNamed = "\b\f\n\r\t\\";
  constexpr std::string_view kNames = "bfnrt\\";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (const size_t named = kNamed.find(c); named != std::string_view::npos) {
      out += {'\\', kNames[named]};
    } else if (byte < 0x20 || byte == 0x7f) {
      std::array<char, 7> escape;
      std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out;
}

// Nothing: Kong makes nil of it, and the rule does nothing. Empty: JSON has no such number. Of no text Kong makes the
// word "null".
std::optional<std::string> to_json(std::string_view given, policy::JsonType type) {
  const std::string text = given.empty() ? "null" : escaped_once(given);
  switch (type) {
    case policy::JsonType::kBoolean:
      return text == "true" ? "true" : "false";
    case policy::JsonType::kNumber: {
      const std::optional<double> number = parse_lua_number(text);
      if (!number) return std::nullopt;
      return std::isfinite(*number) ? number_text(*number) : std::string();
    }
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
  bool is_json = true;
  const auto set = [&](const Value& value, std::string_view json) {
    is_json &= !value.json.empty();
    done &= json.data() != nullptr && object.set(value.name, json);
  };
  for (const Value& value : replace_) {
    if (object.has(value.name)) set(value, value.json);
  }
  for (const Value& value : add_) {
    if (!object.has(value.name)) set(value, value.json);
  }
  for (const Value& value : append_) set(value, append_json(arena, object.find(value.name), value.json));
  // Kong cannot write it, and leaves the whole body as it came.
  if (!is_json) return body;
  const std::string_view edited = object.encode();
  note_edit(context, done && edited.data() != nullptr);
  return edited.data() == nullptr ? body : edited;
}

}  // namespace sluice::gateway
