// VaultTable: looks up what references such as {vault://env/my-secret/key} stand for, when the policy is loaded.
//
// `env` is always there; others are the policy's vaults, by their prefix. A name becomes that of an environment
// variable: upper case, '-' as '_', behind the vault's own prefix or `?prefix=`. A key picks a text out of a value that
// is JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

class VaultTable {
 public:
  // "{vault://…}".
  static bool is_reference(std::string_view text);

  // `variable_prefix`: what the names of its variables begin with.
  void add(const std::string& prefix, const std::string& variable_prefix) { vaults_[prefix] = variable_prefix; }

  // What the reference stands for; none with `problem` saying why not, never with a value in it.
  std::optional<std::string> resolve(std::string_view reference, std::string& problem) const;

 private:
  std::map<std::string, std::string, std::less<>> vaults_{{"env", ""}};
};

}  // namespace sluice::config
