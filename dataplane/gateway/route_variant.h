// RouteVariant: a route as the router sees it. A route whose paths differ in kind or length is several of them, because
// a priority knows one kind and one length.
//
// Made on the control side from the policy, part of the snapshot, immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/route_priority.h"
#include "sluice/policy/policy.h"

namespace sluice::gateway {

enum class PathKind : uint8_t { kNone, kPrefix, kRegex };

struct RouteVariant {
  const policy::Route* route = nullptr;
  const policy::Service* service = nullptr;  // nullptr: none
  uint32_t route_index = 0;                  // the route's place in the policy
  policy::Uuid id;                           // the higher wins among equal priorities
  RoutePriority priority;
  PathKind path_kind = PathKind::kNone;
  std::vector<std::string_view> paths;  // prefixes of one length, or regexes without their "~"
};

// The variants of every route that can match an HTTP request, the best first. Routes of disabled services and of other
// protocols have none. REQUIRES: the policy outlives the result.
std::vector<RouteVariant> make_route_variants(const policy::Policy& policy);

}  // namespace sluice::gateway
