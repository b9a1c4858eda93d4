#include "gateway/plugins/cors_origin.h"

#include <algorithm>
#include <utility>

#include "gateway/text.h"
#include "http/characters.h"

namespace sluice::gateway {

namespace {

constexpr http::CharacterSet kLiteralBytes = http::CharacterSet(".:/-").with_alphanumeric();

struct Authority {
  std::string_view scheme = "";  // empty: none
  std::string_view host = "";    // with the brackets of an IPv6 address; empty: none
  std::string_view port = "";    // empty: none
};

// scheme://[user@]host[:port][/…], of which every part but the slashes may be missing.
Authority split(std::string_view origin) {
  const size_t slashes = origin.find("//");
  if (slashes == std::string_view::npos || (slashes > 0 && origin[slashes - 1] != ':')) return {};
  Authority parts;
  if (slashes > 0) parts.scheme = origin.substr(0, slashes - 1);
  std::string_view authority = origin.substr(slashes + 2);
  authority = authority.substr(0, authority.find('/'));
  authority = authority.substr(authority.find('@') + 1);
  const size_t colon = authority.rfind(':');
  // A colon inside brackets belongs to an IPv6 address.
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    parts.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  parts.host = authority;
  return parts;
}

std::string_view without_brackets(std::string_view host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

bool is_default_port(const Authority& parts) {
  return (parts.scheme == "http" && parts.port == "80") || (parts.scheme == "https" && parts.port == "443");
}

// As Kong: matches from the start to the end, whether the entry says so or not.
std::string_view without_anchors(std::string_view regex) {
  if (regex.starts_with('^')) regex.remove_prefix(1);
  return regex;
}

}  // namespace

NormalOrigin normalise_origin(Arena& arena, std::string_view origin) {
  const Authority parts = split(origin);
  if (parts.host.empty()) return {origin, origin};
  const bool has_port = !parts.port.empty() && !is_default_port(parts);
  const std::string_view text = concat(arena, {parts.scheme, parts.scheme.empty() ? "" : "://", parts.host,
                                               has_port ? ":" : "", has_port ? parts.port : ""});
  return {text, without_brackets(parts.host)};
}

bool is_literal_origin(std::string_view entry) {
  return kLiteralBytes.contains_all(entry);
}

Result<OriginList, std::string> OriginList::compile(const std::vector<std::string>& origins) {
  OriginList list;
  BlockPool memory(BlockPool::kLargest);
  for (const std::string& entry : origins) {
    if (is_literal_origin(entry)) {
      Arena arena(memory);
      list.literals_.emplace_back(normalise_origin(arena, entry).text);
      continue;
    }
    auto pattern = match::PcrePattern::compile(without_anchors(entry), match::Anchor::kBoth);
    if (!pattern) return "origins: '" + entry + "': " + pattern.error();
    list.regexes_.push_back({std::move(pattern).value(), entry.find(':') == std::string::npos});
  }
  return list;
}

match::Outcome OriginList::find(const NormalOrigin& origin, match::Scratch& scratch) const {
  if (std::ranges::find(literals_, origin.text) != literals_.end()) return match::Outcome::kFound;
  auto found = match::Outcome::kNone;
  for (const Regex& regex : regexes_) {
    const match::Outcome outcome = regex.pattern.test(regex.by_host ? origin.host : origin.text, scratch);
    if (outcome == match::Outcome::kFound) return outcome;
    if (outcome == match::Outcome::kGivenUp) found = outcome;
  }
  return found;
}

}  // namespace sluice::gateway
