#include "config/protocol_advice.h"

#include <fmt/format.h>

namespace sluice::config {

using policy::Protocol;

std::optional<std::string> protocol_warning(const policy::Service& service) {
  if (service.protocol == Protocol::kHttp || !service.enabled) return std::nullopt;
  return fmt::format("Sluice does not speak {} to origins: requests for this service are answered 502",
                     to_text(service.protocol));
}

std::optional<std::string> protocol_warning(const policy::Route& route) {
  if (route.is_grpc()) {
    return "Sluice does not speak HTTP/2, which gRPC needs: requests for this route are answered 426, or 415";
  }
  if (!route.speaks(Protocol::kHttps) || route.speaks(Protocol::kHttp)) return std::nullopt;
  return fmt::format(
      "Sluice does not terminate TLS: requests for this route are answered {}, but for those of a trusted proxy that "
      "say "
      "X-Forwarded-Proto: https",
      route.https_redirect_status_code);
}

}  // namespace sluice::config
