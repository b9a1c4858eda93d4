#include "edge/redirector.h"

#include "edge/answers.h"
#include "edge/arena_text.h"
#include "http/url.h"

namespace sluice::edge {

Redirector::Redirector(const policy::Redirect& redirect, uint32_t group_count, Complainer& complainer)
    : status_(redirect.status), keep_query_(redirect.keep_query) {
  auto location = Substitution::parse(redirect.location, group_count);
  if (!location) {
    complainer.field("redirect.location", location.error());
    return;
  }
  location_ = std::move(location).value();
  const std::string literals = location_.literals();
  has_query_ = literals.find('?') != std::string::npos;
  if (keep_query_ && literals.find('#') != std::string::npos) {
    complainer.field("redirect.keep_query", "the location has a fragment, behind which no query can stand");
  }
}

http::Verdict Redirector::run(Context& context, const Groups& groups) const {
  http::RequestContext& http = context.http;
  const std::string_view target = location(context, groups);
  if (target.data() == nullptr) return refuse_for_memory(context, "edge.redirect");
  http.worker.count(Counter::kEdgeRedirects);
  add_answer_header(http, "Location", target);
  return answer_body(http, status_, {}, {});
}

std::string_view Redirector::location(const Context& context, Groups groups) const {
  Arena& arena = context.http.arena;
  for (unsigned i = 0; i < Groups::kCount; ++i) {
    if (groups[i].empty()) continue;
    const std::string_view escaped = http::escape_path(arena, groups[i]);
    if (escaped.data() == nullptr) return {};
    groups.set(i, escaped);
  }
  const std::string_view target = location_.expand(groups, arena);
  const http::Request& request = context.http.request;
  if (target.data() == nullptr || !keep_query_ || !request.has_query) return target;
  return concatenate(arena, {target, has_query_ ? "&" : "?", request.query});
}

}  // namespace sluice::edge
