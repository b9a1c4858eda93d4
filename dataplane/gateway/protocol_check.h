// Does the request come in a protocol that its route serves? Kong's answers where it does not.
#pragma once

#include "gateway/context.h"

namespace sluice::gateway {

// kAnswer: a route for https alone was asked in plain text (426, or the redirect of https_redirect_status_code), or one
// for gRPC by something else (426, 415). X-Forwarded-Proto of a trusted proxy counts as the protocol. Routes for http
// alone serve https too, as in Kong. REQUIRES: context.route.
http::Verdict check_protocol(Context& context);

}  // namespace sluice::gateway
