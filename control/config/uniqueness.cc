#include "config/uniqueness.h"

#include <fmt/format.h>

namespace sluice::config {

bool Uniqueness::claim(policy::Mark mark, std::string_view plural, std::string_view field, std::string_view value,
                       bool secret) {
  const auto [claimed, first] = claimed_.try_emplace(fmt::format("{}\n{}\n{}", plural, field, value), mark);
  if (first) return true;
  context_.conflict(mark,
                    fmt::format("uniqueness violation: '{}' entity with {} set to '{}' already declared", plural, field,
                                secret ? "***" : value),
                    fmt::format("line {}", claimed->second.line));
  return false;
}

}  // namespace sluice::config
