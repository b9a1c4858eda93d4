// EditRules: what request-transformer does to one kind of thing (headers, query, body), compiled: remove, rename,
// replace, add, append, in that order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/plugins/argument_list.h"
#include "gateway/templates.h"
#include "sluice/policy/field.h"

namespace sluice::gateway {

// "name:template", compiled.
struct TemplatePair {
  std::string_view name;  // of the policy
  Template value;
};

struct EditRules {
  // What the policy says, each list for one kind of thing.
  struct Texts {
    const std::vector<std::string>& remove;
    const std::vector<policy::ColonPair>& rename;
    const std::vector<policy::ColonPair>& replace;
    const std::vector<policy::ColonPair>& add;
    const std::vector<policy::ColonPair>& append;
  };

  // REQUIRES: the texts outlive the rules. False: `error` names the template that cannot be had.
  bool compile(const Texts& texts, std::string& error);

  bool empty() const { return remove.empty() && rename.empty() && replace.empty() && add.empty() && append.empty(); }
  bool reads_headers() const;
  // How many things they may add.
  size_t additions() const { return replace.size() + add.size() + append.size(); }

  std::vector<std::string_view> remove;
  std::vector<TemplatePair> rename;  // the value is the new name
  std::vector<TemplatePair> replace, add, append;
};

// What rules have done to a body. As in Kong, to remove and to append count, whatever was there; the others where they
// found something to do.
enum class Edits : uint8_t { kNone, kSome, kNoMemory };

// Applies the rules to arguments. REQUIRES: the list has room for additions().
[[nodiscard]] Edits edit_arguments(ArgumentList& list, const EditRules& rules, const TemplateInputs& inputs);

}  // namespace sluice::gateway
