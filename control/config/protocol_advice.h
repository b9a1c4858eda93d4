// What Sluice does not do for protocols that services and routes may name.
#pragma once

#include <optional>
#include <string>

#include "sluice/policy/route.h"
#include "sluice/policy/service.h"

namespace sluice::config {

// How requests for the service are answered for want of its protocol; nothing: they are passed on.
std::optional<std::string> protocol_warning(const policy::Service& service);

// The same of a route whose clients would have to come by TLS or HTTP/2.
std::optional<std::string> protocol_warning(const policy::Route& route);

}  // namespace sluice::config
