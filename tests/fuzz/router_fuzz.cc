// The router: whatever a client sends, the route is the one that trying every route in turn finds; what strip_path
// leaves is a path that an origin can be sent.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/policy_loader.h"
#include "gateway/route_mismatch.h"
#include "gateway/router.h"
#include "gateway/upstream_path.h"
#include "http/h1_parser.h"
#include "http/url.h"
#include "support/test_worker.h"

namespace {

using namespace sluice;

constexpr char kPolicy[] = R"(
_format_version: '3.0'
services:
- name: s
  url: http://192.0.2.1/base
  routes:
  - {name: root, paths: [/]}
  - {name: deep, paths: [/a, /a/b, '/a b', '~/a/(?<x>[^/]+)/c']}
  - {name: unicode, paths: ['~/u/\w+$', '~/u/.(?<y>é*)', '~/u/(?i)É'], headers: {x_c: ['~*^\w.$']}}
  - {name: host, hosts: [a.example, '*.b.example', 'c.*', 'd.example:81']}
  - {name: host-path, hosts: ['*.example'], paths: [/a, '~/[ab]+$'], methods: [GET, POST]}
  - {name: header, headers: {x-a: ['1', '~*^[2-4]+$'], x-b: ['yes']}}
  - {name: header-path, headers: {x-a: ['1']}, paths: [/a/b, '~/(.)\1'], regex_priority: 3}
  - {name: all, hosts: [a.example], methods: [PUT], paths: [/a], headers: {x-a: ['1']}}
)";

void check(bool holds) {
  if (!holds) std::abort();
}

// Compiled once: a policy is no input here.
struct Setting {
  Setting() {
    auto loaded = config::load_policy(kPolicy, "p");
    check(loaded.policy.has_value());
    policy = std::move(*loaded.policy);
    match::ScratchPlan plan;
    auto compiled = gateway::Router::compile(policy, plan);
    check(compiled.ok());
    router = std::move(compiled).value();
    scratch = plan.make();
  }

  policy::Policy policy;
  std::unique_ptr<const gateway::Router> router;
  std::unique_ptr<match::Scratch> scratch;
  test::TestWorker worker;
};

const gateway::RouteVariant* reference(Setting& setting, const gateway::RouteQuery& query) {
  if (setting.router->find_broken(query)) return nullptr;
  for (const gateway::RouteVariant& variant : setting.router->variants()) {
    if (!gateway::find_mismatch(variant, query, *setting.scratch)) return &variant;
  }
  return nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Setting setting;
  Arena arena(setting.worker.blocks);
  // The request refers to its head, which is why that outlives it.
  const std::string text = std::string(reinterpret_cast<const char*>(data), size) + "\r\n\r\n";
  const std::string_view head(text.data(), text.find("\r\n\r\n") + 4);
  http::Request request(arena);
  if (http::parse_request_head(head, policy::Limits(), request)) return 0;
  if (http::check_path(request.path) != http::PathFault::kGood) return 0;

  http::RequestContext http(setting.worker.context, arena, request);
  http.client.local.port = Port{80};
  const gateway::RouteQuery query = gateway::make_query(http, http::normalise_path(arena, request.path));
  gateway::RouteMatch match;
  const auto outcome = setting.router->find(query, arena, *setting.scratch, match);
  check(outcome == gateway::Router::Outcome::kFound || outcome == gateway::Router::Outcome::kNotFound);
  check(match.variant == reference(setting, query));
  if (outcome == gateway::Router::Outcome::kNotFound) return 0;

  check(query.path.starts_with(match.matched_path));
  const std::string_view joined = gateway::join_upstream_path(arena, {.service_path = "/base",
                                                                      .request_path = query.path,
                                                                      .matched_length = match.matched_path.size(),
                                                                      .strip = true});
  check(joined.starts_with("/base"));
  const std::string_view sent = http::escape_path(arena, joined);
  check(http::check_path(sent) == http::PathFault::kGood);
  check(http::normalise_path(arena, sent).starts_with("/base"));
  return 0;
}
