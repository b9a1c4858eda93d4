// Route: which requests reach a service. Kong's entity ("traditional_compatible" router) and defaults.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sluice/policy/field.h"
#include "sluice/policy/protocol.h"
#include "sluice/policy/ref.h"
#include "sluice/policy/service.h"
#include "sluice/policy/uuid.h"

namespace sluice::policy {

enum class PathHandling : uint8_t { kV0, kV1 };
constexpr std::array<std::string_view, 2> names_of(PathHandling) {
  return {"v0", "v1"};
}

struct Route {
  Uuid id;
  std::optional<std::string> name;
  std::vector<Protocol> protocols{Protocol::kHttp, Protocol::kHttps};
  std::vector<std::string> methods;
  std::vector<std::string> hosts;  // one wildcard label first or last; an optional port
  std::vector<std::string> paths;  // plain prefix, normalised; or "~" and a regex anchored at its start
  // All must hold, each with any of its values, without regard to case; "~*" before a single value makes it a regex.
  std::vector<NamedValues> headers;
  std::vector<std::string> snis;
  uint16_t https_redirect_status_code = 426;
  int64_t regex_priority = 0;  // as in Kong, its low 32 bits count
  bool strip_path = true;
  PathHandling path_handling = PathHandling::kV0;
  bool preserve_host = false;
  bool request_buffering = true;
  bool response_buffering = true;
  std::vector<std::string> tags;
  std::optional<Ref<Service>> service;  // none: plugins must answer, else 503
  Mark where;

  bool speaks(Protocol p) const { return std::find(protocols.begin(), protocols.end(), p) != protocols.end(); }

  template <typename Self, typename V>
  static void fields(Self& s, V& visit) {
    visit("id", s.id, {.help = "the id; UUIDv5 of the name where not given"});
    visit("name", s.name, {.help = "a unique name", .text = TextKind::kName});
    visit("protocols", s.protocols,
          {.help = "what the client may speak", .not_null = true, .set = true, .not_empty = true});
    visit("methods", s.methods,
          {.help = "any of these methods", .text = TextKind::kMethod, .set = true, .empty_is_null = true});
    visit("hosts", s.hosts, {.help = "any of these hosts", .text = TextKind::kRouteHost, .empty_is_null = true});
    visit("paths", s.paths,
          {.help = "any of these prefixes, or regexes after '~'", .text = TextKind::kRoutePath, .empty_is_null = true});
    visit("headers", s.headers,
          {.help = "all of these headers, each with one of its values",
           .text = TextKind::kRouteHeader,
           .empty_is_null = true});
    visit("snis", s.snis,
          {.help = "any of these TLS server names", .text = TextKind::kSni, .set = true, .empty_is_null = true});
    visit("sources", kUnsupported,
          {.help = "of stream routes",
           .refusal = s.is_stream() ? kOfStreams
                      : s.is_grpc() ? "cannot set 'sources' when 'protocols' is 'grpc' or 'grpcs'"
                                    : "cannot set 'sources' when 'protocols' is 'http' or 'https'"});
    visit("destinations", kUnsupported,
          {.help = "of stream routes",
           .refusal = s.is_stream() ? kOfStreams
                      : s.is_grpc() ? "cannot set 'destinations' when 'protocols' is 'grpc' or 'grpcs'"
                                    : "cannot set 'destinations' when 'protocols' is 'http' or 'https'"});
    visit("https_redirect_status_code", s.https_redirect_status_code,
          {.help = "answer to a plain request on an https-only route: 426, 301, 302, 307 or 308", .not_null = true});
    visit("regex_priority", s.regex_priority, {.help = "order among regex paths, the higher first"});
    visit("strip_path", s.strip_path, {.help = "remove the matched prefix before the origin", .not_null = true});
    visit("path_handling", s.path_handling, {.help = "how the service's path and the rest are joined"});
    visit("preserve_host", s.preserve_host, {.help = "send the client's Host to the origin", .not_null = true});
    visit("request_buffering", s.request_buffering,
          {.help = "wait for a short body without a length and tell the origin its length; false: pass on each piece",
           .not_null = true});
    visit("response_buffering", s.response_buffering,
          {.help = "accepted for compatibility; bodies always stream", .not_null = true});
    visit("tags", s.tags, kTags);
    visit("service", s.service, {.help = "the service, by name or id"});
  }

  // A gRPC route's path is the method called: nothing is stripped from it.
  void complete() {
    if (is_grpc()) strip_path = false;
  }

  void check(Complaints& complaints) const {
    check_protocols(complaints);
    constexpr std::array<uint16_t, 5> kRedirects = {426, 301, 302, 307, 308};
    if (std::find(kRedirects.begin(), kRedirects.end(), https_redirect_status_code) == kRedirects.end()) {
      complaints.field("https_redirect_status_code", "expected one of: 426, 301, 302, 307, 308");
    }
    if (!snis.empty() && std::none_of(protocols.begin(), protocols.end(), is_tls)) {
      complaints.field("snis", "length must be 0");
      complaints.entity("'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'");
    }
    if (is_stream()) return check_stream(complaints);
    const bool web = std::any_of(protocols.begin(), protocols.end(), is_http);
    // Headers that could not be taken are headers all the same.
    const bool has_headers = complaints.given("headers") == Complaints::Given::kFilled;
    if (web && methods.empty() && hosts.empty() && !has_headers && paths.empty() && snis.empty()) {
      complaints.entity(must_match());
    }
    const auto without_value = std::ranges::find_if(headers, &std::vector<std::string>::empty, &NamedValues::values);
    if (without_value != headers.end()) {
      complaints.entity("Router Expression failed validation: no value of the header '" + without_value->name + "'");
    }
  }

  // The first protocol decides what the others may be, as in Kong.
  bool is_grpc() const {
    return !protocols.empty() && (protocols[0] == Protocol::kGrpc || protocols[0] == Protocol::kGrpcs);
  }
  bool is_stream() const { return !protocols.empty() && !is_http(protocols[0]); }

 private:
  static constexpr std::string_view kOfStreams = "routes of tcp, tls and udp are not supported yet";

  // What else Kong refuses of a route of tcp, tls, tls_passthrough or udp.
  void check_stream(Complaints& complaints) const {
    using Given = Complaints::Given;
    for (const std::string_view field : {"methods", "hosts", "paths", "headers"}) {
      if (complaints.given(field) == Given::kNot) continue;
      complaints.field(field, "cannot set '" + std::string(field) +
                                  "' when 'protocols' is 'tcp', 'tls', 'tls_passthrough' or 'udp'");
    }
    if (complaints.given("snis") == Given::kFilled) return;
    const auto passes = [](Protocol p) { return p == Protocol::kTlsPassthrough; };
    if (std::ranges::all_of(protocols, passes)) {
      complaints.entity("must set snis when 'protocols' is 'tls_passthrough'");
    } else if (std::ranges::none_of(protocols, [&](Protocol p) { return passes(p) || is_http(p); }) &&
               complaints.given("sources") != Given::kFilled && complaints.given("destinations") != Given::kFilled) {
      complaints.entity("must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'");
    }
  }

  void check_protocols(Complaints& complaints) const {
    if (const std::string sets = protocol_sets(); sets.find("), (") != std::string::npos) {
      complaints.field("protocols", "these sets are mutually exclusive: " + sets);
    } else if (!std::all_of(protocols.begin(), protocols.end(), is_http)) {
      complaints.field("protocols", "routes of tcp, tls, tls_passthrough and udp are not supported yet");
    }
    if (is_grpc() && !methods.empty()) {
      complaints.field("methods", "cannot set 'methods' when 'protocols' is 'grpc' or 'grpcs'");
    }
  }

  // The groups of protocols that the route's belong to, in their order: "('http', 'https'), ('tls_passthrough')".
  std::string protocol_sets() const {
    constexpr std::array<std::string_view, 4> kSets = {"('http', 'https')", "('grpc', 'grpcs')", "('tls_passthrough')",
                                                       "('tcp', 'tls', 'udp')"};
    std::string sets;
    for (const Protocol p : protocols) {
      const bool web = p == Protocol::kHttp || p == Protocol::kHttps;
      const size_t set = web ? 0 : is_http(p) ? 1 : p == Protocol::kTlsPassthrough ? 2 : 3;
      if (sets.find(kSets[set]) == std::string::npos) sets.append(sets.empty() ? "" : ", ").append(kSets[set]);
    }
    return sets;
  }

  const char* must_match() const {
    if (speaks(Protocol::kHttps)) {
      return "must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'";
    }
    if (speaks(Protocol::kGrpcs)) {
      return "must set one of 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'grpcs'";
    }
    if (speaks(Protocol::kGrpc)) return "must set one of 'hosts', 'headers', 'paths' when 'protocols' is 'grpc'";
    return "must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http'";
  }
};

}  // namespace sluice::policy
