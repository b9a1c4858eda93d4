// response-transformer: edits to the answer's headers and JSON body, in the order remove, rename, replace, add, append.
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

  // Kong looks at the names of headers only where they are renamed.
  struct Names {
    std::vector<std::string> headers;
    std::vector<std::string> json;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("headers", s.headers, {.help = "header names; what follows a colon is not looked at", .not_null = true});
      visit("json", s.json, {.help = "members of a JSON body", .not_null = true});
    }
  };

  struct Renames {
    std::vector<ColonPair> headers;
    std::vector<ColonPair> json;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("headers", s.headers,
            {.help = "old:new", .text = TextKind::kTransformName, .value = TextKind::kTransformName, .not_null = true});
      visit("json", s.json, {.help = "old:new, in a JSON body", .not_null = true, .may_be_empty = true});
    }
  };

  struct Pairs {
    std::vector<ColonPair> headers;
    std::vector<ColonPair> json;
    std::vector<JsonType> json_types;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("headers", s.headers,
            {.help = "name:value", .value = TextKind::kHeaderValue, .not_null = true, .may_be_empty = true});
      visit("json", s.json, {.help = "name:value, in a JSON body", .not_null = true, .may_be_empty = true});
      visit("json_types", s.json_types,
            {.help = "what each value of json is; a string where nothing is said", .not_null = true});
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
};

}  // namespace sluice::policy
