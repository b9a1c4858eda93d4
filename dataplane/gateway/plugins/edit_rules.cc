#include "gateway/plugins/edit_rules.h"

#include <algorithm>
#include <utility>

namespace sluice::gateway {

namespace {

using policy::ColonPair;

// Pairs without a value do nothing, as in Kong.
bool compile_into(std::vector<TemplatePair>& out, const std::vector<ColonPair>& pairs, std::string& error) {
  for (const ColonPair& pair : pairs) {
    if (pair.value.empty()) continue;
    Result<Template, std::string> value = Template::compile(pair.value);
    if (!value) {
      error = pair.name + ": " + value.error();
      return false;
    }
    out.push_back({pair.name, std::move(value).value()});
  }
  return true;
}

[[nodiscard]] bool put(ArgumentList& list, void (ArgumentList::*how)(std::string_view, std::string_view),
                       const TemplatePair& pair, const TemplateInputs& inputs) {
  const std::string_view value = pair.value.render(inputs);
  if (value.data() == nullptr) return false;
  (list.*how)(pair.name, value);
  return true;
}

}  // namespace

bool EditRules::compile(const Texts& texts, std::string& error) {
  for (const std::string& entry : texts.remove) remove.push_back(std::string_view(entry).substr(0, entry.find(':')));
  return compile_into(rename, texts.rename, error) && compile_into(replace, texts.replace, error) &&
         compile_into(add, texts.add, error) && compile_into(append, texts.append, error);
}

bool EditRules::reads_headers() const {
  const auto reads = [](const TemplatePair& pair) { return pair.value.reads_headers(); };
  return std::ranges::any_of(replace, reads) || std::ranges::any_of(add, reads) || std::ranges::any_of(append, reads);
}

Edits edit_arguments(ArgumentList& list, const EditRules& rules, const TemplateInputs& inputs) {
  bool changed = !rules.remove.empty() || !rules.append.empty();
  for (std::string_view name : rules.remove) list.remove(name);
  for (const TemplatePair& pair : rules.rename) {
    if (!list.contains(pair.name)) continue;
    const std::string_view name = pair.value.render(inputs);
    if (name.data() == nullptr) return Edits::kNoMemory;
    list.rename(pair.name, name);
    changed |= name != pair.name;
  }
  for (const TemplatePair& pair : rules.replace) {
    if (!list.contains(pair.name)) continue;
    list.remove(pair.name);
    if (!put(list, &ArgumentList::add, pair, inputs)) return Edits::kNoMemory;
    changed = true;
  }
  for (const TemplatePair& pair : rules.add) {
    if (list.contains(pair.name)) continue;
    if (!put(list, &ArgumentList::add, pair, inputs)) return Edits::kNoMemory;
    changed = true;
  }
  for (const TemplatePair& pair : rules.append) {
    if (!put(list, &ArgumentList::append, pair, inputs)) return Edits::kNoMemory;
  }
  return changed ? Edits::kSome : Edits::kNone;
}

}  // namespace sluice::gateway
