#include "gateway/plugins/body_edits.h"

#include <algorithm>
#include <optional>

#include "gateway/plugins/json_object.h"
#include "gateway/plugins/multipart_body.h"

namespace sluice::gateway {

namespace {

using Outcome = EditedBody::Outcome;

constexpr EditedBody kNoMemory{Outcome::kNoMemory, {}};

EditedBody finished(std::string_view bytes) {
  return bytes.data() == nullptr ? kNoMemory : EditedBody{Outcome::kEdited, bytes};
}

// `thing` is encoded anew only where the rules have edited it: as in Kong, else its bytes stay as they came.
template <typename Thing>
EditedBody finished(Edits edits, const Thing& thing) {
  switch (edits) {
    case Edits::kNone:
      return {};
    case Edits::kSome:
      return finished(thing.encode());
    case Edits::kNoMemory:
      break;
  }
  return kNoMemory;
}

// Sets a member to a rendered text; `append` puts it behind what is there. False: out of memory.
[[nodiscard]] bool put(JsonObject& object, const TemplatePair& pair, const TemplateInputs& inputs, bool append) {
  const std::string_view text = pair.value.render(inputs);
  if (text.data() == nullptr) return false;
  std::string_view value = to_json_string(inputs.arena, text);
  if (append && value.data() != nullptr) value = append_json(inputs.arena, object.find(pair.name), value);
  return value.data() != nullptr && object.set(pair.name, value);
}

Edits edit(JsonObject& object, const EditRules& rules, const TemplateInputs& inputs) {
  bool changed = !rules.remove.empty() || !rules.append.empty();
  for (std::string_view name : rules.remove) object.remove(name);
  for (const TemplatePair& pair : rules.rename) {
    if (!object.has(pair.name)) continue;
    const std::string_view name = pair.value.render(inputs);
    if (name.data() == nullptr) return Edits::kNoMemory;
    object.rename(pair.name, name);
    changed |= name != pair.name;
  }
  for (const TemplatePair& pair : rules.replace) {
    if (!object.has(pair.name)) continue;
    if (!put(object, pair, inputs, false)) return Edits::kNoMemory;
    changed = true;
  }
  for (const TemplatePair& pair : rules.add) {
    if (object.has(pair.name)) continue;
    if (!put(object, pair, inputs, false)) return Edits::kNoMemory;
    changed = true;
  }
  for (const TemplatePair& pair : rules.append) {
    if (!put(object, pair, inputs, true)) return Edits::kNoMemory;
  }
  return changed ? Edits::kSome : Edits::kNone;
}

EditedBody edit_json(std::string_view body, const EditRules& rules, const TemplateInputs& inputs) {
  JsonObject::Parsed parsed = JsonObject::parse(inputs.arena, body.empty() ? "{}" : body, rules.additions());
  switch (parsed.fault) {
    case JsonObject::Fault::kNone: {
      const Edits edits = edit(parsed.object, rules, inputs);
      return finished(edits, parsed.object);
    }
    case JsonObject::Fault::kNotObject:
      return {};
    case JsonObject::Fault::kMalformed:
      return {Outcome::kMalformed, {}};
    case JsonObject::Fault::kNoMemory:
      break;
  }
  return kNoMemory;
}

EditedBody edit_form(std::string_view body, const EditRules& rules, const TemplateInputs& inputs) {
  std::optional<ArgumentList> list = ArgumentList::parse(inputs.arena, body, rules.additions());
  if (!list) return kNoMemory;
  const Edits edits = edit_arguments(*list, rules, inputs);
  return finished(edits, *list);
}

// Kong's order differs here: rename comes before remove, and nothing is appended.
Edits edit(MultipartBody& form, const EditRules& rules, const TemplateInputs& inputs) {
  bool changed = !rules.remove.empty();
  for (const TemplatePair& pair : rules.rename) {
    const std::optional<std::string_view> content = form.find(pair.name);
    if (!content) continue;
    const std::string_view name = pair.value.render(inputs);
    if (name == pair.name) continue;
    form.remove(pair.name);
    if (name.data() == nullptr || !form.add(name, *content)) return Edits::kNoMemory;
    changed = true;
  }
  for (std::string_view name : rules.remove) form.remove(name);
  const auto put = [&](const TemplatePair& pair) {
    const std::string_view value = pair.value.render(inputs);
    form.remove(pair.name);
    changed = true;
    return value.data() != nullptr && form.add(pair.name, value);
  };
  for (const TemplatePair& pair : rules.replace) {
    if (form.find(pair.name) && !put(pair)) return Edits::kNoMemory;
  }
  for (const TemplatePair& pair : rules.add) {
    if (!form.find(pair.name) && !put(pair)) return Edits::kNoMemory;
  }
  return changed ? Edits::kSome : Edits::kNone;
}

EditedBody edit_multipart(const DeclaredBody& body, const EditRules& rules, const TemplateInputs& inputs) {
  auto form =
      MultipartBody::parse(inputs.arena, body.content_type, body.bytes, rules.rename.size() + rules.additions());
  if (!form) return {Outcome::kMalformed, {}};
  const Edits edits = edit(*form, rules, inputs);
  return finished(edits, *form);
}

}  // namespace

EditedBody edit_body(const DeclaredBody& body, const EditRules& rules, const TemplateInputs& inputs) {
  // Only what adds can make something of nothing.
  if (body.bytes.empty() && rules.add.empty() && rules.append.empty()) return {};
  switch (body.type) {
    case BodyType::kJson:
      return edit_json(body.bytes, rules, inputs);
    case BodyType::kForm:
      return edit_form(body.bytes, rules, inputs);
    case BodyType::kMultipart:
      return edit_multipart(body, rules, inputs);
    case BodyType::kOther:
      break;
  }
  return {};
}

}  // namespace sluice::gateway
