#include "edge/rule.h"

#include "edge/answers.h"
#include "edge/header_value.h"
#include "sluice/policy/reserved_headers.h"

namespace sluice::edge {
namespace {

bool has_body(uint16_t status) {
  return status != 204 && status != 304;
}

}  // namespace

void strip(http::RequestContext& http, const http::NameSet& names) {
  if (names.empty()) return;
  const size_t removed =
      http.request.headers.remove_if([&](const http::Header& header) { return names.contains(header.name); });
  if (removed > 0) http.worker.count(Counter::kEdgeHeadersStripped, removed);
}

Rule::Rule(const policy::EdgeRule& rule, const policy::HeaderSchema& schema, const std::vector<SourcedKey>& keys,
           std::vector<CompileError>& errors)
    : rule_(&rule) {
  Complainer complainer(errors, rule.where, "edge rule '" + rule.name + "'");
  match_.emplace(rule.match, complainer);
  for (const std::string& name : rule.strip) strip_.add(name);
  if (rule.verify) check_.emplace(*rule.verify, keys, complainer);
  for (const policy::Enrichment& enrichment : rule.enrich) enrichers_.emplace_back(enrichment, schema, complainer);
  if (rule.rewrite) rewriter_.emplace(*rule.rewrite, complainer);
  if (rule.redirect) redirector_.emplace(*rule.redirect, match_->group_count(), complainer);
  check_headers(complainer);
}

void Rule::check_headers(Complainer& complainer) const {
  const auto check = [&](std::string_view field, std::string_view name, bool reserved) {
    if (reserved) complainer.field(field, "'" + std::string(name) + "' is not for rules to change");
  };
  const auto check_value = [&](std::string_view field, const policy::NamedValue& header) {
    check(field, header.name, policy::frames_the_message(header.name));
    if (!fits_header(header.value, policy::HeaderType::kString)) {
      complainer.field(field, "the value of '" + header.name + "' cannot stand in a header");
    }
  };
  for (const std::string& name : rule_->strip) check("strip", name, policy::is_reserved_in_requests(name));
  if (rule_->respond) {
    for (const policy::NamedValue& header : rule_->respond->headers) check_value("respond.headers", header);
    if (!rule_->respond->body.empty() && !has_body(rule_->respond->status)) {
      complainer.field("respond.body", "an answer " + std::to_string(rule_->respond->status) + " has no body");
    }
  }
  if (!rule_->response_headers) return;
  for (const std::string& name : rule_->response_headers->remove) {
    check("response_headers.remove", name, policy::frames_the_message(name));
  }
  for (const policy::NamedValue& header : rule_->response_headers->set) check_value("response_headers.set", header);
}

http::Verdict Rule::apply(Context& context, const Groups& groups) const {
  // First, so that the rule speaks about its own answers too.
  if (!note_response_headers(context)) return refuse_for_memory(context, "edge.response_headers");
  strip(context.http, strip_);
  if (check_ && check_->run(context) == http::Verdict::kAnswer) return http::Verdict::kAnswer;
  for (const Enricher& enricher : enrichers_) {
    if (!enricher.run(context)) return refuse_for_memory(context, "edge.enrich");
  }
  if (rewriter_ && rewrite(context) == http::Verdict::kAnswer) return http::Verdict::kAnswer;
  if (redirector_) return redirector_->run(context, groups);
  if (rule_->respond) return respond(context);
  return http::Verdict::kContinue;
}

bool Rule::note_response_headers(Context& context) const {
  if (!rule_->response_headers) return true;
  auto* pending =
      context.http.arena.try_make<PendingResponseHeaders>(PendingResponseHeaders{&*rule_->response_headers, nullptr});
  if (pending == nullptr) return false;
  (context.last_pending == nullptr ? context.first_pending : context.last_pending->next) = pending;
  context.last_pending = pending;
  return true;
}

http::Verdict Rule::rewrite(Context& context) const {
  switch (rewriter_->run(context)) {
    case Rewritten::kDone:
      return http::Verdict::kContinue;
    case Rewritten::kNoPath:
      return refuse(context, {Counter::kEdgePathRefused, Side::kClient, "edge.rewrite"}, 400, "Bad request");
    case Rewritten::kGivenUp:
      return refuse_for_match(context, "edge.rewrite");
    case Rewritten::kNoMemory:
      return refuse_for_memory(context, "edge.rewrite");
  }
  return http::Verdict::kContinue;
}

http::Verdict Rule::respond(Context& context) const {
  context.http.worker.count(Counter::kEdgeResponds);
  for (const policy::NamedValue& header : rule_->respond->headers) {
    add_answer_header(context.http, header.name, header.value);
  }
  return answer_body(context.http, rule_->respond->status, rule_->respond->content_type, rule_->respond->body);
}

}  // namespace sluice::edge
