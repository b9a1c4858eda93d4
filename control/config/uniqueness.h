// Uniqueness: what must be there only once in a policy: ids, names, keys, a plugin in a scope.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "config/load_context.h"
#include "sluice/policy/uuid.h"

namespace sluice::config {

class Uniqueness {
 public:
  explicit Uniqueness(LoadContext& context) : context_(context) {}

  // The present entity's `field` is `value`. Complains, in Kong's words and with the line of the first, if another
  // entity of the kind said so before; then false. A secret value is not shown.
  bool claim(policy::Mark mark, std::string_view plural, std::string_view field, std::string_view value,
             bool secret = false);
  bool claim_id(policy::Mark mark, std::string_view plural, const policy::Uuid& id) {
    return claim(mark, plural, "primary key", id.to_string());
  }

 private:
  LoadContext& context_;
  std::unordered_map<std::string, policy::Mark> claimed_;
};

}  // namespace sluice::config
