// Which of a route's conditions a request does not meet, tried one by one as the policy says them.
//
// For explanations, and for tests to hold the Router against: it shares no table with it. Control side: slow,
// allocates.
#pragma once

#include <optional>
#include <string>

#include "gateway/route_variant.h"
#include "gateway/router.h"
#include "match/scratch.h"

namespace sluice::gateway {

// The first condition that is not met ("method is not among GET, HEAD"); nothing: the variant matches.
// REQUIRES: Router::find_broken(query) finds nothing.
std::optional<std::string> find_mismatch(const RouteVariant& variant, const RouteQuery& query, match::Scratch& scratch);

}  // namespace sluice::gateway
