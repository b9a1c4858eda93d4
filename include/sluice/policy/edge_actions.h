// What an edge rule does to a request and to its answer, beside verifying the token: enrich, rewrite, redirect,
// respond.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"

namespace sluice::policy {

enum class EnrichFrom : uint8_t {
  kFixed,
  kClaim,
  kClientAddress,
  kClientPort,
  kScheme,
  kHost,
  kMethod,
  kPath,
  kRequestId
};
constexpr std::array<std::string_view, 9> names_of(EnrichFrom) {
  return {"fixed", "claim", "client_address", "client_port", "scheme", "host", "method", "path", "request_id"};
}

// Sets one header towards the gateway. A source that is absent (no token, no such claim) sets nothing.
struct Enrichment {
  std::string header;
  EnrichFrom from = EnrichFrom::kFixed;
  std::optional<std::string> claim;  // of from: claim; a top-level claim of the verified token
  std::optional<std::string> value;  // of from: fixed
  Mark where;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("header", s.header, {.help = "the header to set", .text = TextKind::kHeaderName, .required = true});
    visit("from", s.from, {.help = "where the value comes from"});
    visit("claim", s.claim, {.help = "the claim of from: claim"});
    visit("value", s.value, {.help = "the value of from: fixed", .text = TextKind::kHeaderValue});
  }

  void check(Complaints& complaints) const {
    if ((from == EnrichFrom::kClaim) != claim.has_value()) {
      complaints.field("claim", claim ? "only with 'from: claim'" : "required with 'from: claim'");
    }
    if ((from == EnrichFrom::kFixed) != value.has_value()) {
      complaints.field("value", value ? "only with 'from: fixed'" : "required with 'from: fixed'");
    }
  }
};

struct PrefixRewrite {
  std::string from;
  std::string to;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("from", s.from, {.help = "the prefix to replace", .text = TextKind::kPath, .required = true});
    visit("to", s.to, {.help = "what stands there instead", .text = TextKind::kPath, .required = true});
  }
};

struct RegexRewrite {
  std::string pattern;
  std::string to;  // $0 to $9 stand for the captures, $$ for a dollar sign

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("pattern", s.pattern, {.help = "a regex over the path", .text = TextKind::kRegex, .required = true});
    visit("to", s.to, {.help = "what stands there instead; $1 to $9 stand for captures", .required = true});
  }
};

struct QueryRewrite {
  std::vector<std::string> remove;
  std::vector<NamedValue> set;  // replaces all of that name
  std::vector<NamedValue> add;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("remove", s.remove, {.help = "arguments to take away"});
    visit("set", s.set, {.help = "arguments to set, whatever was there"});
    visit("add", s.add, {.help = "arguments to add"});
  }
};

struct Rewrite {
  std::optional<PrefixRewrite> path_prefix;
  std::optional<RegexRewrite> path_regex;
  std::optional<std::string> host;
  std::optional<std::string> method;
  std::optional<QueryRewrite> query;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("path_prefix", s.path_prefix, {.help = "replace a prefix of the path"});
    visit("path_regex", s.path_regex, {.help = "replace what a regex finds in the path"});
    visit("host", s.host, {.help = "another host", .text = TextKind::kHost});
    visit("method", s.method, {.help = "another method", .text = TextKind::kMethod});
    visit("query", s.query, {.help = "changes to the query"});
  }

  void check(Complaints& complaints) const {
    if (path_prefix && path_regex) complaints.field("path_regex", "give either 'path_prefix' or 'path_regex'");
  }
};

struct Redirect {
  uint16_t status = 302;
  std::string location;  // $0 to $9 stand for the captures of match.path_regex
  bool keep_query = false;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("status", s.status, {.help = "301, 302, 303, 307 or 308"});
    visit("location", s.location,
          {.help = "the new place; $1 to $9 stand for captures of match.path_regex",
           .text = TextKind::kHeaderValue,
           .required = true});
    visit("keep_query", s.keep_query, {.help = "append the request's query"});
  }

  void check(Complaints& complaints) const {
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
      complaints.field("status", "expected one of: 301, 302, 303, 307, 308");
    }
  }
};

struct Respond {
  uint16_t status = 200;
  std::vector<NamedValue> headers;
  std::string content_type = "text/plain";
  std::string body;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("status", s.status, {.help = "status of the answer", .least = 200, .most = 599});
    visit("headers", s.headers,
          {.help = "further headers", .text = TextKind::kHeaderName, .value = TextKind::kHeaderValue});
    visit("content_type", s.content_type, {.help = "Content-Type of the body", .text = TextKind::kHeaderValue});
    visit("body", s.body, {.help = "the body", .may_be_empty = true});
  }
};

// On the way back, of whatever answer: removed, then set.
struct ResponseHeaders {
  std::vector<std::string> remove;
  std::vector<NamedValue> set;

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("remove", s.remove, {.help = "headers to take away", .text = TextKind::kHeaderName});
    visit("set", s.set, {.help = "headers to set", .text = TextKind::kHeaderName, .value = TextKind::kHeaderValue});
  }
};

}  // namespace sluice::policy
