#include "gateway/route_mismatch.h"

#include <algorithm>

#include "http/name_set.h"
#include "match/host_table.h"
#include "match/pcre_pattern.h"

namespace sluice::gateway {
namespace {

using match::PcrePattern;

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lowered;
}

template <typename Texts>
std::string listed(const Texts& texts) {
  std::string list;
  for (const auto& text : texts) {
    if (!list.empty()) list += ", ";
    list += text;
  }
  return list;
}

bool matches_regex(std::string_view regex, match::Anchor anchor, std::string_view subject, match::Scratch& scratch) {
  const auto pattern = PcrePattern::compile(regex, anchor, match::LetterCase::kSensitive, match::Characters::kUnicode);
  return pattern && pattern->test(subject, scratch) == match::Outcome::kFound;
}

bool host_matches(const policy::Route& route, const RouteQuery& query) {
  bool found = route.hosts.empty();
  match::HostTable(route.hosts).matches(query.host, query.port, [&](uint32_t) { found = true; });
  return found;
}

bool path_matches(const RouteVariant& variant, const RouteQuery& query, match::Scratch& scratch) {
  if (variant.path_kind == PathKind::kNone) return true;
  return std::any_of(variant.paths.begin(), variant.paths.end(), [&](std::string_view path) {
    if (variant.path_kind == PathKind::kPrefix) return query.path.starts_with(path);
    return matches_regex(path, match::Anchor::kStart, query.path, scratch);
  });
}

bool value_matches(const std::string& asked, std::string_view value, match::Scratch& scratch) {
  const std::string wanted = lower(asked);
  const std::string found = lower(value);
  if (wanted.starts_with("~*")) return matches_regex(wanted.substr(2), match::Anchor::kNone, found, scratch);
  return wanted == found;
}

bool header_matches(const policy::NamedValues& asked, const http::HeaderMap& headers, match::Scratch& scratch) {
  const auto fields = headers.all();
  return std::any_of(fields.begin(), fields.end(), [&](const http::Header& field) {
    return http::equal_folded(field.name, asked.name) &&
           std::any_of(asked.values.begin(), asked.values.end(),
                       [&](const std::string& value) { return value_matches(value, field.value, scratch); });
  });
}

bool server_name_matches(const policy::Route& route, const RouteQuery& query) {
  const auto bare = [](std::string_view name) { return lower(name.substr(0, name.size() - name.ends_with('.'))); };
  if (route.snis.empty() || !query.https || query.sni.empty()) return true;
  return std::any_of(route.snis.begin(), route.snis.end(),
                     [&](const std::string& sni) { return bare(sni) == bare(query.sni); });
}

}  // namespace

std::optional<std::string> find_mismatch(const RouteVariant& variant, const RouteQuery& query,
                                         match::Scratch& scratch) {
  const policy::Route& route = *variant.route;
  const auto& methods = route.methods;
  if (!methods.empty() && std::find(methods.begin(), methods.end(), query.method) == methods.end()) {
    return "the method is not among " + listed(methods);
  }
  if (!host_matches(route, query)) return "the host is not among " + listed(route.hosts);
  if (!path_matches(variant, query, scratch)) {
    const bool regex = variant.path_kind == PathKind::kRegex;
    return (regex ? "the path matches none of " : "the path begins with none of ") + listed(variant.paths);
  }
  for (const policy::NamedValues& header : route.headers) {
    if (!header_matches(header, query.headers, scratch)) {
      return "header " + header.name + " has none of the values " + listed(header.values);
    }
  }
  if (!server_name_matches(route, query)) return "the TLS server name is not among " + listed(route.snis);
  return std::nullopt;
}

}  // namespace sluice::gateway
