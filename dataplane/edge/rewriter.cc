#include "edge/rewriter.h"

#include "edge/arena_text.h"
#include "edge/path_text.h"
#include "http/url.h"

namespace sluice::edge {

Rewriter::Rewriter(const policy::Rewrite& rewrite, Complainer& complainer) : rewrite_(&rewrite) {
  if (rewrite.path_prefix) {
    path_prefix_ = Prefix{normalised(rewrite.path_prefix->from, "rewrite.path_prefix.from", complainer),
                          normalised(rewrite.path_prefix->to, "rewrite.path_prefix.to", complainer)};
  }
  if (rewrite.path_regex) compile(*rewrite.path_regex, complainer);
  if (rewrite.query) query_.emplace(*rewrite.query);
}

void Rewriter::compile(const policy::RegexRewrite& rewrite, Complainer& complainer) {
  auto regex = match::PcrePattern::compile(rewrite.pattern);
  if (!regex) return complainer.field("rewrite.path_regex.pattern", regex.error());
  auto replacement = Substitution::parse(rewrite.to, regex->group_count());
  if (!replacement) return complainer.field("rewrite.path_regex.to", replacement.error());
  const std::string literals = replacement->literals();
  if (literals.find_first_of("?#") != std::string::npos) {
    return complainer.field("rewrite.path_regex.to", "a path has no '?' and no '#'; see rewrite.query");
  }
  if (http::check_path(literals) == http::PathFault::kBadEscape) {
    return complainer.field("rewrite.path_regex.to", "expected two hex digits after each '%'");
  }
  path_regex_ = std::move(regex).value();
  replacement_ = std::move(replacement).value();
}

Rewritten Rewriter::run(Context& context) const {
  http::Request& request = context.http.request;
  if (changes_path()) {
    std::string_view path = context.path;
    if (const Rewritten done = replace(context, path); done != Rewritten::kDone) return done;
    if (path != context.path) {
      if (const Rewritten done = set_path(context, path); done != Rewritten::kDone) return done;
    }
  }
  if (rewrite_->host) {
    request.authority = *rewrite_->host;
    if (!request.headers.set("Host", *rewrite_->host)) return Rewritten::kNoMemory;
  }
  if (rewrite_->method) request.method = *rewrite_->method;
  if (query_ && !query_->run(request, context.http.arena)) return Rewritten::kNoMemory;
  return Rewritten::kDone;
}

Rewritten Rewriter::replace(const Context& context, std::string_view& path) const {
  Arena& arena = context.http.arena;
  std::string_view before;
  std::string_view replacement;
  std::string_view after;
  if (path_prefix_) {
    const auto& [from, to] = *path_prefix_;
    if (!path.starts_with(from)) return Rewritten::kDone;
    replacement = to;
    after = path.substr(from.size());
  } else {
    const auto [outcome, captures] = path_regex_->match(path, *context.http.scratch);
    if (outcome == match::Outcome::kNone) return Rewritten::kDone;
    if (outcome == match::Outcome::kGivenUp) return Rewritten::kGivenUp;
    const Groups groups(captures);
    const std::string_view found = groups[0];
    replacement = replacement_->expand(groups, arena);
    if (replacement.data() == nullptr) return Rewritten::kNoMemory;
    before = path.substr(0, static_cast<size_t>(found.data() - path.data()));
    after = path.substr(before.size() + found.size());
  }
  path = concatenate(arena, {before, replacement, after});
  return path.data() == nullptr ? Rewritten::kNoMemory : Rewritten::kDone;
}

// Pieces put together may make a dot segment or a double slash.
Rewritten Rewriter::set_path(Context& context, std::string_view path) const {
  Arena& arena = context.http.arena;
  if (!path.starts_with('/')) path = concatenate(arena, {"/", path});
  const std::string_view escaped = http::escape_path(arena, path);
  if (path.data() == nullptr || escaped.data() == nullptr) return Rewritten::kNoMemory;
  if (http::check_path(escaped) != http::PathFault::kGood) return Rewritten::kNoPath;
  const std::string_view normal = http::normalise_path(arena, escaped);
  if (normal.data() == nullptr) return Rewritten::kNoMemory;
  const std::string_view sent = http::escape_path(arena, normal);
  if (sent.data() == nullptr) return Rewritten::kNoMemory;
  context.path = normal;
  context.http.request.path = sent;
  return Rewritten::kDone;
}

}  // namespace sluice::edge
