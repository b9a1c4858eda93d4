// request-transformer: edits to the request's headers, body, query, path and method, in the order
// remove, rename, replace, add, append. Kong 3.9.1's fields and defaults.
//
// Values may hold templates (policy/template_text.h): kept as text, compiled by the gateway.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/plugins/plugin_info.h"

namespace sluice::policy {

struct RequestTransformerConfig {
  static constexpr PluginInfo kPlugin{.name = "request-transformer", .priority = 801, .protocols = kAllProtocols};

  struct Names {
    std::vector<std::string> body;
    std::vector<std::string> headers;
    std::vector<std::string> querystring;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("body", s.body, {.help = "fields of a JSON or form body", .not_null = true});
      visit("headers", s.headers, {.help = "header names", .text = TextKind::kTransform, .not_null = true});
      visit("querystring", s.querystring, {.help = "argument names", .not_null = true});
    }
  };

  struct Pairs {
    std::vector<ColonPair> body;
    std::vector<ColonPair> headers;
    std::vector<ColonPair> querystring;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("body", s.body,
            {.help = "name:value, in a JSON or form body", .value = TextKind::kTemplate, .not_null = true});
      visit("headers", s.headers,
            {.help = "name:value",
             .text = TextKind::kTransformName,
             .value = TextKind::kHeaderTemplate,
             .not_null = true});
      visit("querystring", s.querystring, {.help = "name:value", .value = TextKind::kTemplate, .not_null = true});
    }
  };

  // old:new
  struct Renames {
    std::vector<ColonPair> body;
    std::vector<ColonPair> headers;
    std::vector<ColonPair> querystring;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      visit("body", s.body,
            {.help = "old:new, in a JSON or form body", .value = TextKind::kTemplate, .not_null = true});
      visit("headers", s.headers,
            {.help = "old:new", .text = TextKind::kTransformName, .value = TextKind::kTransformName, .not_null = true});
      visit("querystring", s.querystring, {.help = "old:new", .value = TextKind::kTemplate, .not_null = true});
    }
  };

  struct Replacements : Pairs {
    std::optional<std::string> uri;

    template <typename Self, typename V>
    static void fields(Self& s, V& visit) {
      Pairs::fields(s, visit);
      visit("uri", s.uri, {.help = "the path towards the origin; may hold templates", .text = TextKind::kTemplate});
    }
  };

  std::optional<std::string> http_method;
  Names remove;
  Renames rename;
  Replacements replace;
  Pairs add;
  Pairs append;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("http_method", s.http_method, {.help = "the method towards the origin", .text = TextKind::kMethod});
    visit("remove", s.remove, {.help = "take away"});
    visit("rename", s.rename, {.help = "old:new, where old is there"});
    visit("replace", s.replace, {.help = "set where it is there"});
    visit("add", s.add, {.help = "set where it is not there"});
    visit("append", s.append, {.help = "add one more"});
  }
};

}  // namespace sluice::policy
