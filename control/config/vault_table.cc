#include "config/vault_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace sluice::config {

namespace {

constexpr std::string_view kBegin = "{vault://";

struct Reference {
  std::string_view vault;
  std::string_view name;
  std::string_view key;     // empty: the whole value
  std::string_view prefix;  // of ?prefix=
};

// {vault://vault/name[/key][?prefix=p]}
Reference parse(std::string_view text) {
  text = text.substr(kBegin.size(), text.size() - kBegin.size() - 1);
  Reference reference;
  const size_t question = text.find('?');
  if (question != std::string_view::npos) {
    const std::string_view query = text.substr(question + 1);
    constexpr std::string_view kPrefix = "prefix=";
    if (query.starts_with(kPrefix)) reference.prefix = query.substr(kPrefix.size(), query.find('&') - kPrefix.size());
    text = text.substr(0, question);
  }
  const auto take = [&] {
    const size_t slash = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, slash);
    text.remove_prefix(std::min(slash + 1, text.size()));
    return part;
  };
  reference.vault = take();
  reference.name = take();
  reference.key = text;
  return reference;
}

std::string variable_name(std::string_view prefix, std::string_view name) {
  std::string variable = std::string(prefix) + std::string(name);
  for (char& c : variable) {
    if (c == '-') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return variable;
}

}  // namespace

bool VaultTable::is_reference(std::string_view text) {
  return text.starts_with(kBegin) && text.ends_with('}');
}

std::optional<std::string> VaultTable::resolve(std::string_view text, std::string& problem) const {
  const Reference reference = parse(text);
  const auto vault = vaults_.find(reference.vault);
  if (vault == vaults_.end()) {
    problem = fmt::format("there is no vault '{}'", reference.vault);
    return std::nullopt;
  }
  const std::string variable =
      variable_name(reference.prefix.empty() ? vault->second : reference.prefix, reference.name);
  const char* value = std::getenv(variable.c_str());
  if (reference.name.empty() || value == nullptr) {
    problem = fmt::format("the environment has no '{}'", variable);
    return std::nullopt;
  }
  if (reference.key.empty()) return value;
  const auto fields = nlohmann::json::parse(value, nullptr, false);
  if (fields.is_object() && fields.contains(reference.key) && fields[std::string(reference.key)].is_string()) {
    return fields[std::string(reference.key)].get<std::string>();
  }
  problem = fmt::format("'{}' is not a JSON object with a text '{}'", variable, reference.key);
  return std::nullopt;
}

}  // namespace sluice::config
