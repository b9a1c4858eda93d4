// Vault: a place that references like {vault://prefix/name/key} are looked up in. Kong's entity; Sluice has its `env`.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/uuid.h"

namespace sluice::policy {

enum class VaultKind : uint8_t { kEnv };
constexpr std::array<std::string_view, 1> names_of(VaultKind) {
  return {"env"};
}

// Of an `env` vault.
struct VaultConfig {
  std::optional<std::string> prefix;  // goes before the name of the variable

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("prefix", s.prefix,
          {.help = "what the names of the variables begin with", .text = TextKind::kVariablePrefix});
  }
};

struct Vault {
  Uuid id;
  std::string prefix;  // unique; what references call it
  VaultKind name = VaultKind::kEnv;
  std::optional<std::string> description;
  VaultConfig config;
  std::vector<std::string> tags;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the prefix where not given"});
    visit("prefix", s.prefix, {.help = "what references call it", .text = TextKind::kVaultPrefix, .required = true});
    visit("name", s.name,
          {.help = "what kind of place it is", .required = true, .unknown = "vault '{}' is not installed"});
    visit("description", s.description, {.help = "for people"});
    visit("config", s.config, {.help = "how to look there", .not_null = true});
    visit("tags", s.tags, kTags);
  }
};

}  // namespace sluice::policy
