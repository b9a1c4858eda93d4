#include "gateway/errors.h"

#include "gateway/error_type.h"
#include "gateway/text.h"
#include "http/status.h"

namespace sluice::gateway {
namespace {

std::string_view error_body(Arena& arena, ErrorType type, std::string_view message, std::string_view request_id) {
  switch (type) {
    case ErrorType::kJson:
      return concat(
          arena, {"{\n  \"message\":\"", escape_json(arena, message), "\",\n  \"request_id\":\"", request_id, "\"\n}"});
    case ErrorType::kHtml:
      return concat(
          arena,
          {"<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Error</title>\n"
           "  </head>\n  <body>\n    <h1>Error</h1>\n    <p>",
           escape_markup(arena, message), ".</p>\n    <p>request_id: ", request_id, "</p>\n  </body>\n</html>\n"});
    case ErrorType::kXml:
      return concat(arena,
                    {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>", escape_markup(arena, message),
                     "</message>\n  <requestid>", request_id, "</requestid>\n</error>\n"});
    case ErrorType::kPlain:
      return concat(arena, {message, "\nrequest_id: ", request_id, "\n"});
    case ErrorType::kGrpc:
      return "";
  }
  return "";
}

// The field that says in which type an error is told; empty: plain text. Errors below the plugins look at the request's
// own Content-Type where there is no Accept.
std::string_view deciding_header(const http::HeaderMap& headers, Unasked unasked) {
  if (unasked == Unasked::kJson || headers.contains("Accept")) return "Accept";
  return headers.contains("Content-Type") ? "Content-Type" : "";
}

}  // namespace

http::Verdict answer_error(http::RequestContext& http, uint16_t status, std::string_view message, Unasked unasked) {
  const http::HeaderMap& headers = http.request.headers;
  const std::string_view field = deciding_header(headers, unasked);
  // Below the plugins gRPC clients get the bare message.
  if (unasked == Unasked::kPlain && headers.find(field).value_or("").starts_with("application/grpc")) {
    return answer_message(http, status, message);
  }
  const ErrorType type = field.empty() ? ErrorType::kPlain : preferred_type(headers, field);
  return answer_body(http, status, content_type(type), error_body(http.arena, type, message, http.request_id));
}

http::Verdict answer_message(http::RequestContext& http, uint16_t status, std::string_view message) {
  return answer_json(http, status, concat(http.arena, {"{\"message\":\"", escape_json(http.arena, message), "\"}"}));
}

http::Verdict answer_json(http::RequestContext& http, uint16_t status, std::string_view json) {
  return answer_body(http, status, content_type(ErrorType::kJson), json);
}

http::Verdict answer_body(http::RequestContext& http, uint16_t status, std::string_view content_type,
                          std::string_view body) {
  http.answer.head.status = status;
  http.answer.head.reason = http::reason_phrase(status);
  // Without room for the field the body goes out without its type: still an answer.
  if (content_type.data() != nullptr && !http.answer.head.headers.set("Content-Type", content_type)) body = {};
  http.answer.body = body;
  return http::Verdict::kAnswer;
}

std::string_view default_message(uint16_t status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 408:
      return "Request timeout";
    case 411:
      return "Length required";
    case 412:
      return "Precondition failed";
    case 413:
      return "Payload too large";
    case 414:
      return "URI too long";
    case 417:
      return "Expectation failed";
    case 431:
      return "Request header or cookie too large";
    case 500:
      return kInternalErrorMessage;
    case 502:
      return "An invalid response was received from the upstream server";
    case 503:
      return "The upstream server is currently unavailable";
    case 504:
      return "The upstream server is timing out";
    default:
      return http::reason_phrase(status);
  }
}

}  // namespace sluice::gateway
