// JsonEdits: what response-transformer does to JSON bodies, compiled: remove, rename, replace, add, append members.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/context.h"
#include "sluice/policy/plugins/response_transformer.h"

namespace sluice::gateway {

class JsonEdits {
 public:
  // REQUIRES: the configuration outlives this.
  explicit JsonEdits(const policy::ResponseTransformerConfig& config);

  bool empty() const;
  // The body with its members edited; a body that is no JSON object is returned as it is, counted when it is no JSON.
  std::string_view edit(Context& context, std::string_view body) const;

 private:
  // A member and its new value, as JSON text; empty: a number that JSON does not have.
  struct Value {
    std::string_view name;
    std::string json;
  };
  static std::vector<Value> compile(const policy::ResponseTransformerConfig::Pairs& pairs);

  std::vector<std::string_view> remove_;
  std::vector<policy::ColonPair> rename_;
  std::vector<Value> replace_;
  std::vector<Value> add_;
  std::vector<Value> append_;
};

}  // namespace sluice::gateway
