#include "edge/matcher.h"

#include <algorithm>

#include "edge/path_text.h"
#include "http/name_set.h"

namespace sluice::edge {

Matcher::Matcher(const policy::EdgeMatch& match, Complainer& complainer) : match_(&match) {
  if (match.path_prefix) path_prefix_ = normalised(*match.path_prefix, "match.path_prefix", complainer);
  for (const policy::HeaderMatch& wanted : match.headers) {
    Header& header = headers_.emplace_back(Header{&wanted, std::nullopt});
    if (!wanted.regex) continue;
    auto regex = match::PcrePattern::compile(*wanted.regex);
    if (regex) {
      header.regex = std::move(regex).value();
    } else {
      complainer.field("match.headers", wanted.name + ": " + regex.error());
    }
  }
  if (!match.path_regex) return;
  auto regex = match::PcrePattern::compile(*match.path_regex, match::Anchor::kStart);
  if (regex) {
    path_regex_ = std::move(regex).value();
  } else {
    complainer.field("match.path_regex", regex.error());
  }
}

Matcher::Fit Matcher::fit(const Context& context, Groups& groups) const {
  const http::RequestContext& http = context.http;
  if (!method_matches(http.request.method)) return {match::Outcome::kNone, "methods"};
  for (const Header& wanted : headers_) {
    const match::Outcome outcome = header_matches(wanted, http);
    if (outcome != match::Outcome::kFound) return {outcome, "headers"};
  }
  // The last, because its groups live in the scratch until the next match.
  if (path_regex_) {
    const auto [outcome, captures] = path_regex_->match(context.path, *http.scratch);
    if (outcome != match::Outcome::kFound) return {outcome, "path_regex"};
    groups = Groups(captures);
  }
  return {};
}

bool Matcher::method_matches(std::string_view method) const {
  return match_->methods.empty() ||
         std::find(match_->methods.begin(), match_->methods.end(), method) != match_->methods.end();
}

match::Outcome Matcher::header_matches(const Header& wanted, const http::RequestContext& http) {
  auto outcome = match::Outcome::kNone;
  for (const http::Header& header : http.request.headers.all()) {
    if (!http::equal_folded(header.name, wanted.match->name)) continue;
    if (wanted.regex) {
      const match::Outcome line = wanted.regex->test(header.value, *http.scratch);
      if (line != match::Outcome::kNone) outcome = line;
    } else if (!wanted.match->value || header.value == *wanted.match->value) {
      outcome = match::Outcome::kFound;
    }
    if (outcome == match::Outcome::kFound) break;
  }
  return outcome;
}

}  // namespace sluice::edge
