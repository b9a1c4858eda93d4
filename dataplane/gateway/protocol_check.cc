#include "gateway/protocol_check.h"

#include "gateway/errors.h"
#include "gateway/forwarded.h"
#include "gateway/request_target.h"
#include "gateway/text.h"
#include "http/status.h"
#include "sluice/policy/route.h"

namespace sluice::gateway {
namespace {

using policy::Protocol;

constexpr uint16_t kUpgradeRequired = 426;

// 426 with the protocols that the client may change to (RFC 9110 15.5.22).
http::Verdict ask_for_upgrade(http::RequestContext& http, std::string_view protocols, std::string_view message) {
  http::HeaderMap& headers = http.answer.head.headers;
  if (!headers.set("Connection", "Upgrade") || !headers.set("Upgrade", protocols)) {
    return answer_error(http, 500, kInternalErrorMessage);
  }
  return answer_error(http, kUpgradeRequired, message);
}

// nginx's page, whose title for 302 is not the reason phrase that nginx sends.
http::Verdict redirect_to_https(http::RequestContext& http, uint16_t status) {
  Arena& arena = http.arena;
  const std::string_view location =
      concat(arena, {"https://", forwarded_host(http), path_and_query(http.request.target)});
  if (location.data() == nullptr || !http.answer.head.headers.set("Location", location)) {
    return answer_error(http, 500, kInternalErrorMessage);
  }
  const std::string_view phrase = status == 302 ? "Found" : http::reason_phrase(status);
  const std::string_view title = concat(arena, {to_decimal(arena, status), " ", phrase});
  const std::string_view page =
      concat(arena, {"<html>\r\n<head><title>", title, "</title></head>\r\n<body>\r\n<center><h1>", title,
                     "</h1></center>\r\n</body>\r\n</html>\r\n"});
  return answer_body(http, status, "text/html", page);
}

http::Verdict check_grpc(http::RequestContext& http) {
  if (!http.request.headers.find("Content-Type").value_or("").starts_with("application/grpc")) {
    return answer_error(http, 415, "Non-gRPC request matched gRPC route");
  }
  if (http.request.version.major < 2) return ask_for_upgrade(http, "HTTP/2", "Please use HTTP2 protocol");
  return http::Verdict::kContinue;
}

http::Verdict check(Context& context) {
  const policy::Route& route = *context.route;
  http::RequestContext& http = context.http;
  const bool https_alone = route.speaks(Protocol::kHttps) && !route.speaks(Protocol::kHttp);
  if (https_alone && forwarded_proto(http) != "https") {
    if (route.https_redirect_status_code != kUpgradeRequired) {
      return redirect_to_https(http, route.https_redirect_status_code);
    }
    return ask_for_upgrade(http, "TLS/1.2, HTTP/1.1", "Please use HTTPS protocol");
  }
  const bool grpc = route.speaks(Protocol::kGrpc) || route.speaks(Protocol::kGrpcs);
  return grpc ? check_grpc(http) : http::Verdict::kContinue;
}

}  // namespace

http::Verdict check_protocol(Context& context) {
  const http::Verdict verdict = check(context);
  if (verdict == http::Verdict::kAnswer) context.http.worker.count(Counter::kGatewayWrongProtocol);
  return verdict;
}

}  // namespace sluice::gateway
