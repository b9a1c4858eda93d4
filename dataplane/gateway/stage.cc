#include "gateway/stage.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "gateway/errors.h"
#include "gateway/forwarded.h"
#include "gateway/own_names.h"
#include "gateway/protocol_check.h"
#include "gateway/response_fields.h"
#include "gateway/text.h"
#include "gateway/upstream_path.h"
#include "http/authority.h"
#include "http/url.h"
#include "sluice/policy/policy.h"

namespace sluice::gateway {
namespace {

using http::Verdict;

Verdict refuse_for_memory(http::RequestContext& http) {
  http.worker.count(Counter::kGatewayOutOfMemory);
  return answer_error(http, 500, kInternalErrorMessage);
}

bool has_empty_label(std::string_view authority) {
  return authority.find("..") != std::string_view::npos || http::split_authority(authority).host == ".";
}

// What nginx refuses before Kong sees it.
bool is_acceptable(const http::Request& request) {
  return http::check_path(request.path) == http::PathFault::kGood && !has_empty_label(request.authority) &&
         request.headers.count("Authorization") <= 1;
}

// What nginx obeys and keeps to itself. X-Pad once filled up answers for a long dead browser.
bool is_for_nginx(std::string_view name) {
  constexpr std::string_view kNames[] = {"X-Pad",           "X-Accel-Buffering",  "X-Accel-Charset",
                                         "X-Accel-Expires", "X-Accel-Limit-Rate", "X-Accel-Redirect"};
  return name.size() >= 5 && name[1] == '-' &&
         std::ranges::any_of(kNames, [&](std::string_view known) { return http::iequals(name, known); });
}

void take_match(Context& context, const RouteMatch& match) {
  context.route_variant = match.variant;
  context.route = match.variant->route;
  context.service = match.variant->service;
  context.captures = match.captures;
  if (context.route->strip_path) context.matched_prefix = match.matched_path;
}

// Where the request would go, as the route and the service say. False: out of memory.
bool set_upstream_target(Context& context) {
  const http::Request& request = context.http.request;
  const std::string_view service_path =
      context.service != nullptr && context.service->path ? std::string_view(*context.service->path) : "/";
  const std::string_view path = join_upstream_path(context.http.arena, {.service_path = service_path,
                                                                        .request_path = context.path,
                                                                        .matched_length = context.matched_prefix.size(),
                                                                        .strip = context.route->strip_path});
  if (path.data() == nullptr) return false;
  context.upstream.method = request.method;
  context.upstream.path = http::escape_path(context.http.arena, path);
  context.upstream.query = request.query;
  context.upstream.has_query = request.has_query;
  if (context.route->preserve_host) context.upstream.host = request.authority;
  return context.upstream.path.data() != nullptr;
}

http::NameSet names_taken_away(const policy::Policy& policy) {
  http::NameSet names;
  for (const policy::Plugin& plugin : policy.plugins) {
    const auto* transformer = std::get_if<policy::RequestTransformerConfig>(&plugin.config);
    if (transformer == nullptr) continue;
    for (const std::string& name : transformer->remove.headers) names.add(name);
    for (const policy::ColonPair& pair : transformer->rename.headers) names.add(pair.name);
  }
  return names;
}

}  // namespace

Stage::Stage(std::string product) : own_names_(own_names()), product_(std::move(product)), via_("1.1 " + product_) {}

Result<std::unique_ptr<const Stage>, CompileErrors> Stage::compile(const policy::Policy& policy,
                                                                   const CompileEnvironment& environment) {
  std::unique_ptr<Stage> stage(new Stage(std::string(environment.product)));
  stage->taken_away_ = names_taken_away(policy);
  stage->consumers_ = std::make_unique<const Consumers>(policy, environment.hash_key);
  auto chains =
      PluginChains::compile(policy, *stage->consumers_, environment.shared, environment.scratch_plan, stage->product_);
  auto router = Router::compile(policy, environment.scratch_plan, environment.databases);
  CompileErrors errors;
  if (!chains) errors = chains.take_error();
  if (!router) errors.insert(errors.end(), router.error().begin(), router.error().end());
  if (!errors.empty()) return errors;
  stage->chains_ = std::move(chains).value();
  stage->router_ = std::move(router).value();
  return std::unique_ptr<const Stage>(std::move(stage));
}

Verdict Stage::route(Context& context) const {
  http::RequestContext& http = context.http;
  context.plugins = chains_->global();
  remove_misspelled(http.request.headers, own_names_);
  if (!is_acceptable(http.request)) {
    http.worker.count(Counter::kGatewayBadRequest);
    answer_status(context, 400);
    return Verdict::kAnswer;
  }
  context.path = http::normalise_path(http.arena, http.request.path);
  if (context.path.data() == nullptr) return refuse_for_memory(http);
  RouteMatch match;
  switch (router_->find(make_query(http, context.path), http.arena, *http.scratch, match)) {
    case Router::Outcome::kNoMemory:
      return refuse_for_memory(http);
    case Router::Outcome::kGivenUp:
      http.worker.count(Counter::kGatewayMatchLimit);
      answer_status(context, 400);
      return Verdict::kAnswer;
    case Router::Outcome::kNotFound:
      http.worker.count(Counter::kGatewayNoRoute);
      return answer_error(http, 404, "no Route matched with those values");
    case Router::Outcome::kFound:
      break;
  }
  take_match(context, match);
  const Verdict protocol = check_protocol(context);
  if (protocol != Verdict::kContinue) return protocol;
  return set_upstream_target(context) ? Verdict::kContinue : refuse_for_memory(http);
}

Verdict Stage::access(Context& context) const {
  const Verdict verdict = chains_->access(context);
  if (verdict != Verdict::kContinue || context.service != nullptr) return verdict;
  context.http.worker.count(Counter::kGatewayNoService);
  return answer_error(context.http, 503, "no Service found with those values");
}

bool Stage::prepare_upstream(Context& context) const {
  if (!set_forwarded_headers(context, product_)) return false;
  http::Request& request = context.http.request;
  request.headers.remove("Host");
  request.method = context.upstream.method;
  request.target = context.upstream.has_query
                       ? concat(context.http.arena, {context.upstream.path, "?",
                                                     context.upstream.query.empty() ? "" : context.upstream.query})
                       : context.upstream.path;
  return request.target.data() != nullptr;
}

bool Stage::may_trail(const http::HeaderMap& head, std::string_view name) const {
  if (own_names_.contains(name) || begins_like_own(name) || taken_away_.contains(name)) return false;
  return std::ranges::none_of(head.all(), [&](const http::Header& h) { return http::equal_folded(h.name, name); });
}

bool Stage::on_response(Context& context, http::Response& response, std::string_view date) const {
  remove_hop_by_hop(response.headers);
  if (!context.http.request.headers.contains("TE")) response.headers.remove("Trailer");
  response.headers.remove_if([](const http::Header& header) { return is_for_nginx(header.name); });
  PluginChains::header_filter(context, response);
  return add_response_fields(context, {.product = product_, .via = via_, .date = date}, response);
}

void Stage::answer_failure(Context& context, OriginFailure failure) const {
  http::RequestContext& http = context.http;
  switch (failure) {
    case OriginFailure::kNoPeer:
      answer_error(http, 503, "failure to get a peer from the ring-balancer");
      return;
    case OriginFailure::kNameResolution:
      answer_error(http, 503, "name resolution failed");
      return;
    case OriginFailure::kBadResponse:
      answer_status(context, 502);
      return;
    case OriginFailure::kTimeout:
      answer_status(context, 504);
      return;
    case OriginFailure::kInternal:
      answer_status(context, 500);
      return;
  }
}

void Stage::answer_status(Context& context, uint16_t status) const {
  answer_error(context.http, status, default_message(status), Unasked::kPlain);
}

bool Stage::finish_answer(Context& context, std::string_view date) const {
  http::Response& head = context.http.answer.head;
  context.answer_body = {};
  PluginChains::header_filter(context, head);
  std::string_view& body = context.http.answer.body;
  if (context.answer_body.dropped) body = {};
  if (context.answer_body.most_bytes > 0) body = PluginChains::body_filter(context, body);
  return add_response_fields(context, {.product = product_, .via = via_, .date = date}, head);
}

bool Stage::refuse(Context& context, uint16_t status, std::string_view date) const {
  context.plugins = chains_->global();
  answer_status(context, status);
  return finish_answer(context, date);
}

}  // namespace sluice::gateway
