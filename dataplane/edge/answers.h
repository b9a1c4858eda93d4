// Answers that the edge gives itself. Each fills http.answer and returns kAnswer, so that a rule ends with `return
// answer_…`. When the arena is exhausted, what does not fit is left out: the status always goes.
#pragma once

#include <cstdint>
#include <string_view>

#include "edge/context.h"
#include "sluice/error.h"

namespace sluice::edge {

// Refuses the request: counts and notes `reason`, answers {"message":"…","request_id":"…"}. `message` is a literal
// without quotes or backslashes.
http::Verdict refuse(Context& context, Error reason, uint16_t status, std::string_view message);

// The same with 503, for want of memory. where: as in Error.
http::Verdict refuse_for_memory(Context& context, const char* where);

// The same with 400, where a regex took too much work: the rule that might be passed over may be one that guards.
http::Verdict refuse_for_match(Context& context, const char* where);

// An answer with a body, which must live in the arena or in the snapshot; an empty body goes without Content-Type.
http::Verdict answer_body(http::RequestContext& http, uint16_t status, std::string_view content_type,
                          std::string_view body);

// Adds a field to http.answer, whose views must live as the body does.
void add_answer_header(http::RequestContext& http, std::string_view name, std::string_view value);

}  // namespace sluice::edge
