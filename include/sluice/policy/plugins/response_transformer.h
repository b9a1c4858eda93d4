// response-transformer: edits to the answer's headers, in the order remove, rename, replace, add, append.
// Kong 3.9.1's fields and defaults.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

enum class JsonType : uint8_t { kBoolean, kNumber, kString };
constexpr std::array<std::string_view, 3> names_of(JsonType) {
  return {"boolean", "number", "string"};
}

struct ResponseTransformerConfig {
  static constexpr PluginInfo kPlugin{.name = "response-transformer", .priority = 800};

  struct Names {
    std::vector<std::string> headers;  // "name", or "name:value" to remove only that value
    std::vector<std::string> json;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("headers", s.headers, {.help = "header names, or name:value", .text = TextKind::kTransform});
      visit("json", s.json, {.help = "not supported yet: must be empty"});
    }
  };

  struct Renames {
    std::vector<ColonPair> headers;
    std::vector<ColonPair> json;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("headers", s.headers, {.help = "old:new", .text = TextKind::kTransform, .value = TextKind::kTransform});
      visit("json", s.json, {.help = "not supported yet: must be empty"});
    }
  };

  struct Pairs {
    std::vector<ColonPair> headers;
    std::vector<ColonPair> json;
    std::vector<JsonType> json_types;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("headers", s.headers,
            {.help = "name:value", .text = TextKind::kTransform, .value = TextKind::kHeaderValue});
      visit("json", s.json, {.help = "not supported yet: must be empty"});
      visit("json_types", s.json_types, {.help = "not supported yet: must be empty"});
    }
  };

  Names remove;
  Renames rename;
  Pairs replace;
  Pairs add;
  Pairs append;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("remove", s.remove, {.help = "take away"});
    visit("rename", s.rename, {.help = "old:new, where old is there"});
    visit("replace", s.replace, {.help = "set where it is there"});
    visit("add", s.add, {.help = "set where it is not there"});
    visit("append", s.append, {.help = "add one more"});
  }

  void check(Complaints& complaints) const {
    refuse_json(complaints, "remove.json", !remove.json.empty());
    refuse_json(complaints, "rename.json", !rename.json.empty());
    refuse_json(complaints, "replace.json", !replace.json.empty());
    refuse_json(complaints, "add.json", !add.json.empty());
    refuse_json(complaints, "append.json", !append.json.empty());
  }

 private:
  static void refuse_json(Complaints& complaints, std::string_view path, bool given) {
    if (given) complaints.field(path, "changes to JSON bodies are not supported yet; remove this field");
  }
};

}  // namespace sluice::policy
