// Edge: the `edge:` section of the policy: what the edge stage does before and after the gateway stage.
//
// Rules are tried in the order of the file. Each that matches applies all it says, in the order of its fields below;
// the first redirect or respond answers the request and ends the matter. Header names were checked against the schema.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/edge_actions.h"
#include "sluice/policy/edge_verify.h"
#include "sluice/policy/field.h"

namespace sluice::policy {

// Which part of Sluice, or of what is behind it, a header of the schema concerns.
enum class Stage : uint8_t { kEdge, kGateway };
constexpr std::array<std::string_view, 2> names_of(Stage) {
  return {"edge", "gateway"};
}

enum class HeaderType : uint8_t { kString, kInteger, kBoolean, kAddress, kTime, kList };
constexpr std::array<std::string_view, 6> names_of(HeaderType) {
  return {"string", "integer", "boolean", "address", "time", "list"};
}

// One header that passes from edge to gateway. What the edge alone writes is stripped from what the client sent.
struct SchemaHeader {
  static constexpr std::string_view kEntityType = "schema header";

  std::string name;
  HeaderType type = HeaderType::kString;
  Stage written_by = Stage::kEdge;
  std::vector<Stage> read_by;
  bool to_origin = true;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("name", s.name, {.help = "the header", .text = TextKind::kHeaderName, .required = true});
    visit("type", s.type, {.help = "what its value is"});
    visit("written_by", s.written_by, {.help = "the only stage that may set it"});
    visit("read_by", s.read_by, {.help = "the stages that rely on it"});
    visit("to_origin", s.to_origin, {.help = "pass it on to the origin"});
  }
};

struct HeaderSchema {
  std::string version = "1.0";  // MAJOR.MINOR; another major version is another schema
  std::vector<SchemaHeader> headers;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("version", s.version, {.help = "MAJOR.MINOR of the schema"});
    visit("headers", s.headers, {.help = "every header that passes from edge to gateway"});
  }
};

// The header is there and, where said, equals `value` or matches `regex` somewhere.
struct HeaderMatch {
  std::string name;
  std::optional<std::string> value;
  std::optional<std::string> regex;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("name", s.name, {.help = "the header", .text = TextKind::kHeaderName, .required = true});
    visit("value", s.value, {.help = "its exact value", .text = TextKind::kHeaderValue});
    visit("regex", s.regex, {.help = "a regex that its value holds", .text = TextKind::kRegex});
  }

  void check(Complaints& complaints) const {
    if (value && regex) complaints.field("regex", "give either 'value' or 'regex'");
  }
};

// All that is given must hold; an empty match holds for every request.
struct EdgeMatch {
  std::vector<std::string> hosts;  // any; one wildcard label first or last
  std::optional<std::string> path_prefix;
  std::optional<std::string> path_regex;  // anchored at the start; its captures serve redirect.location
  std::vector<std::string> methods;       // any
  std::vector<HeaderMatch> headers;       // all

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("hosts", s.hosts, {.help = "any of these hosts", .text = TextKind::kRouteHost});
    visit("path_prefix", s.path_prefix, {.help = "a prefix of the path", .text = TextKind::kPath});
    visit("path_regex", s.path_regex, {.help = "a regex, anchored at the start of the path", .text = TextKind::kRegex});
    visit("methods", s.methods, {.help = "any of these methods", .text = TextKind::kMethod});
    visit("headers", s.headers, {.help = "all of these headers"});
  }
};

struct EdgeRule {
  static constexpr std::string_view kEntityType = "edge rule";

  std::string name;
  EdgeMatch match;
  std::vector<std::string> strip;  // beside what the schema strips from every request
  std::optional<Verify> verify;
  std::vector<Enrichment> enrich;
  std::optional<Rewrite> rewrite;
  std::optional<Redirect> redirect;
  std::optional<Respond> respond;
  std::optional<ResponseHeaders> response_headers;
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("name", s.name, {.help = "a unique name, for logs and explain", .text = TextKind::kName, .required = true});
    visit("match", s.match, {.help = "which requests"});
    visit("strip", s.strip, {.help = "request headers to take away", .text = TextKind::kHeaderName});
    visit("verify", s.verify, {.help = "check the token"});
    visit("enrich", s.enrich, {.help = "headers to set towards the gateway"});
    visit("rewrite", s.rewrite, {.help = "change path, query, host or method"});
    visit("redirect", s.redirect, {.help = "answer with a redirect"});
    visit("respond", s.respond, {.help = "answer directly"});
    visit("response_headers", s.response_headers, {.help = "changes to the answer's headers"});
  }

  void check(Complaints& complaints) const {
    if (redirect && respond) complaints.field("respond", "give either 'redirect' or 'respond'");
  }
};

struct Edge {
  HeaderSchema schema;
  std::vector<EdgeKey> keys;
  std::vector<EdgeRule> rules;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("schema", s.schema, {.help = "the headers between edge and gateway"});
    visit("keys", s.keys, {.help = "keys that tokens are verified with"});
    visit("rules", s.rules, {.help = "what to do with requests, in this order"});
  }
};

}  // namespace sluice::policy
