#include "edge/matcher.h"

#include <algorithm>

#include "edge/path_text.h"

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

const char* Matcher::mismatch(const Context& context, Groups& groups) const {
  const http::RequestContext& http = context.http;
  if (!method_matches(http.request.method)) return "methods";
  for (const Header& wanted : headers_) {
    if (!header_matches(wanted, http)) return "headers";
  }
  // The last, because its groups live in the scratch until the next match.
  if (path_regex_) {
    const auto captures = path_regex_->match(context.path, *http.scratch);
    if (!captures) return "path_regex";
    groups = Groups(*captures);
  }
  return nullptr;
}

bool Matcher::method_matches(std::string_view method) const {
  return match_->methods.empty() ||
         std::find(match_->methods.begin(), match_->methods.end(), method) != match_->methods.end();
}

bool Matcher::header_matches(const Header& wanted, const http::RequestContext& http) {
  for (const http::Header& header : http.request.headers.all()) {
    if (!http::iequals(header.name, wanted.match->name)) continue;
    if (wanted.regex ? wanted.regex->matches(header.value, *http.scratch)
                     : !wanted.match->value || header.value == *wanted.match->value) {
      return true;
    }
  }
  return false;
}

}  // namespace sluice::edge
