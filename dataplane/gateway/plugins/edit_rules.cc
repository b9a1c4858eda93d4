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

bool edit_arguments(ArgumentList& list, const EditRules& rules, const TemplateInputs& inputs) {
  for (std::string_view name : rules.remove) list.remove(name);
  for (const TemplatePair& pair : rules.rename) {
    if (!put(list, &ArgumentList::rename, pair, inputs)) return false;
  }
  for (const TemplatePair& pair : rules.replace) {
    if (!list.contains(pair.name)) continue;
    list.remove(pair.name);
    if (!put(list, &ArgumentList::add, pair, inputs)) return false;
  }
  for (const TemplatePair& pair : rules.add) {
    if (!list.contains(pair.name) && !put(list, &ArgumentList::add, pair, inputs)) return false;
  }
  return std::ranges::all_of(rules.append,
                             [&](const TemplatePair& pair) { return put(list, &ArgumentList::append, pair, inputs); });
}

}  // namespace sluice::gateway
