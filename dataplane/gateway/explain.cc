// Stage::explain: which route wins, which bits of its priority decide, who lost and why, which plugins would run.
// Control side only.

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "gateway/config_text.h"
#include "gateway/route_mismatch.h"
#include "gateway/stage.h"

namespace sluice::gateway {
namespace {

// Routes that would have gone first but do not match: beyond this many they are only counted.
constexpr size_t kMostMismatches = 20;

std::string name_of(const policy::Route& route) {
  return route.name.value_or(route.id.to_string());
}

std::string name_of(const RouteVariant& variant) {
  std::string name = name_of(*variant.route);
  if (variant.path_kind == PathKind::kNone) return name;
  name += variant.path_kind == PathKind::kRegex ? " (regex" : " (prefix";
  for (std::string_view path : variant.paths) name += " " + std::string(path);
  return name + ")";
}

std::string hexadecimal(RoutePriority priority) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(priority.bits));
  return text;
}

std::string why_behind(const RouteVariant& winner, const RouteVariant& other) {
  const std::string_view field = deciding_field(winner.priority, other.priority);
  if (field.empty()) return "same priority, lower id";
  return "priority " + hexadecimal(other.priority) + ", lower by " + std::string(field);
}

// Those that come before the winner do not match; of those behind it only the ones that would match matter.
void add_others(const Router& router, const RouteQuery& query, const RouteVariant* winner, match::Scratch& scratch,
                std::vector<std::string>& lines) {
  size_t mismatches = 0;
  bool behind = false;
  for (const RouteVariant& variant : router.variants()) {
    if (&variant == winner) {
      behind = true;
      continue;
    }
    const auto mismatch = find_mismatch(variant, query, scratch);
    if (behind && !mismatch) {
      lines.push_back("  route " + name_of(variant) + " matches too: " + why_behind(*winner, variant));
    } else if (!behind && mismatch && mismatches++ < kMostMismatches) {
      lines.push_back("  route " + name_of(variant) + " would go first: " + *mismatch);
    }
  }
  if (mismatches > kMostMismatches) {
    lines.push_back("  and " + std::to_string(mismatches - kMostMismatches) + " more that do not match");
  }
}

void add_target(const Context& context, std::vector<std::string>& lines) {
  if (context.service == nullptr) {
    lines.push_back("  service: none");
    return;
  }
  const policy::Service& service = *context.service;
  lines.push_back("  service " + service.name.value_or(service.id.to_string()) + " at " + service.host + ":" +
                  std::to_string(service.port.value));
  const std::string query = context.upstream.has_query ? "?" + std::string(context.upstream.query) : "";
  lines.push_back("  target at the origin: " + std::string(context.upstream.path) + query);
  for (const Capture& capture : context.captures) {
    const std::string name = capture.name.empty() ? "" : " " + std::string(capture.name);
    lines.push_back("  capture " + std::to_string(capture.number) + name + ": " + std::string(capture.value));
  }
}

std::string scope_of(const policy::Plugin& plugin) {
  std::string scope;
  const auto add = [&](bool is_limited, const char* what) {
    if (is_limited) scope += (scope.empty() ? "" : "+") + std::string(what);
  };
  add(plugin.route.has_value(), "route");
  add(plugin.service.has_value(), "service");
  add(plugin.consumer.has_value(), "consumer");
  add(plugin.consumer_group.has_value(), "consumer_group");
  return scope.empty() ? "global" : scope;
}

void add_plugins(const std::vector<const ConfiguredPlugin*>& plugins, std::vector<std::string>& lines) {
  if (plugins.empty()) lines.push_back("  no plugin runs");
  for (const ConfiguredPlugin* plugin : plugins) {
    const std::string config = std::visit([](const auto& c) { return describe_config(c); }, plugin->policy->config);
    lines.push_back("  plugin " + std::string(plugin->policy->name()) + " (" + scope_of(*plugin->policy) + ", " +
                    plugin->id + ")" + (config.empty() ? "" : ": " + config));
  }
}

}  // namespace

std::vector<std::string> Stage::explain(Context& context) const {
  std::vector<std::string> lines;
  http::RequestContext& http = context.http;
  const http::Verdict verdict = route(context);
  const RouteQuery query = make_query(http, context.path);
  const auto broken = context.path.empty() ? std::nullopt : router_->find_broken(query);
  if (context.route_variant != nullptr) {
    lines.push_back("route " + name_of(*context.route_variant) + " wins, priority " +
                    hexadecimal(context.route_variant->priority));
  } else {
    lines.push_back("no route matches" + (broken ? ": " + *broken + " is not UTF-8" : ""));
  }
  if (!context.path.empty() && !broken) add_others(*router_, query, context.route_variant, *http.scratch, lines);
  if (context.route != nullptr) {
    add_target(context, lines);
    add_plugins(chains_->explain(*context.route, nullptr), lines);
  }
  if (verdict == http::Verdict::kAnswer) {
    lines.push_back("answers " + std::to_string(http.answer.head.status) + " without an origin");
  }
  return lines;
}

}  // namespace sluice::gateway
