#include "edge/answers.h"

#include "edge/arena_text.h"
#include "http/status.h"

namespace sluice::edge {

http::Verdict refuse(Context& context, Error reason, uint16_t status, std::string_view message) {
  http::RequestContext& http = context.http;
  context.refusal = reason;
  http.worker.count(reason.reason);
  const std::string_view body =
      concatenate(http.arena, {R"({"message":")", message, R"(","request_id":")", http.request_id, R"("})"});
  return answer_body(http, status, "application/json; charset=utf-8", body);
}

http::Verdict refuse_for_memory(Context& context, const char* where) {
  return refuse(context, {Counter::kEdgeNoMemory, Side::kSelf, where}, 503, "Service unavailable");
}

http::Verdict refuse_for_match(Context& context, const char* where) {
  return refuse(context, {Counter::kEdgeMatchLimit, Side::kClient, where}, 400, "Bad request");
}

http::Verdict answer_body(http::RequestContext& http, uint16_t status, std::string_view content_type,
                          std::string_view body) {
  http.answer.head.status = status;
  http.answer.head.reason = http::reason_phrase(status);
  http.answer.body = body;
  if (!body.empty()) add_answer_header(http, "Content-Type", content_type);
  return http::Verdict::kAnswer;
}

void add_answer_header(http::RequestContext& http, std::string_view name, std::string_view value) {
  if (value.data() == nullptr || !http.answer.head.headers.add(name, value)) {
    http.worker.count(Counter::kEdgeNoMemory);
  }
}

}  // namespace sluice::edge
