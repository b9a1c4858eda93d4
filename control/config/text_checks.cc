#include "config/text_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/certificate_text.h"
#include "config/host_text.h"
#include "config/path_text.h"
#include "config/public_key_text.h"
#include "config/regex_text.h"
#include "sluice/policy/template_text.h"

namespace sluice::config {

namespace {

using policy::TextKind;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_beyond_ascii(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

template <typename Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

std::string check_name(std::string_view text) {
  if (all(text, [](char c) { return is_alnum(c) || is_beyond_ascii(c) || is_one_of(c, ".-_~"); })) return {};
  return fmt::format("invalid value '{}': the only accepted ascii characters are alphanumerics or ., -, _, and ~",
                     text);
}

std::string check_tag(std::string_view text) {
  const auto fits = [](char c) { return is_beyond_ascii(c) || (c >= ' ' && c <= '~' && c != ',' && c != '/'); };
  if (all(text, fits)) return {};
  return fmt::format("invalid tag '{}': expected printable ascii (except `,` and `/`) or valid utf-8 sequences", text);
}

std::string check_host(std::string_view text) {
  std::string problem;
  const auto host = parse_host(text, problem);
  if (host && !host->port) return {};
  if (host || problem == "invalid port number") return "must not have a port";
  return fmt::format("invalid value: {}", text);
}

std::string check_host_port(std::string_view text) {
  std::string problem;
  return parse_host(text, problem) ? std::string() : problem;
}

std::string replace_wildcards(std::string_view text, std::string_view by) {
  std::string replaced;
  for (const char c : text) {
    if (c == '*') {
      replaced += by;
    } else {
      replaced += c;
    }
  }
  return replaced;
}

std::string check_route_host(std::string_view text) {
  const auto wildcards = std::count(text.begin(), text.end(), '*');
  if (wildcards > 1) return "invalid wildcard: must have at most one wildcard";
  if (wildcards == 1 && !text.starts_with("*.") && !text.ends_with(".*")) {
    return "invalid wildcard: must be placed at leftmost or rightmost label";
  }
  return check_host_port(replace_wildcards(text, "abc"));
}

std::string check_sni(std::string_view text) {
  const size_t wildcard = text.find('*');
  if (wildcard != std::string_view::npos && wildcard != 0 && wildcard != text.size() - 1) {
    return "wildcard must be leftmost or rightmost character";
  }
  if (std::count(text.begin(), text.end(), '*') > 1) return "only one wildcard must be specified";
  std::string problem;
  const auto host = parse_host(replace_wildcards(text, "wildcard"), problem);
  if (!host) {
    const bool port = problem == "invalid port number";
    return port ? "must not have a port" : fmt::format("invalid value: {}", replace_wildcards(text, "wildcard"));
  }
  if (host->kind != HostText::Kind::kName) return "must not be an IP";
  return host->port ? "must not have a port" : std::string();
}

std::string check_upstream_name(std::string_view text) {
  std::string problem;
  const auto host = parse_host(text, problem);
  if (!host) return fmt::format("Invalid name ('{}'); must be a valid hostname", text);
  if (host->kind != HostText::Kind::kName) return fmt::format("Invalid name ('{}'); no ip addresses allowed", text);
  return host->port ? fmt::format("Invalid name ('{}'); no port allowed", text) : std::string();
}

std::string check_target(std::string_view text) {
  std::string problem;
  if (parse_host(text, problem)) return {};
  return fmt::format("Invalid target ('{}'); not a valid hostname or ip address", text);
}

std::string check_percent(std::string_view path) {
  const std::string_view wrong = invalid_percent(path);
  return wrong.empty() ? std::string() : fmt::format("invalid url-encoded value: '{}'", wrong);
}

bool is_path(std::string_view text) {
  return all(text, [](char c) { return is_alnum(c) || is_one_of(c, "-._~/%:@!$&'()*+,;="); });
}

std::string check_path(std::string_view text) {
  if (!text.starts_with('/')) return "should start with: /";
  if (text.find("//") != std::string_view::npos) return "must not have empty segments";
  if (!is_path(text)) {
    return fmt::format("invalid path: '{}' (characters outside of the reserved list of RFC 3986 found)", text);
  }
  return check_percent(text);
}

std::string check_route_path(std::string_view text) {
  if (!text.starts_with('/') && !text.starts_with("~/")) {
    return "should start with: / (fixed path) or ~/ (regex path)";
  }
  if (text.find("//") != std::string_view::npos) return "must not have empty segments";
  if (text.starts_with('~')) {
    const std::string problem = path_regex_error(text.substr(1));
    if (problem.empty()) return {};
    return fmt::format("invalid regex: '{}' (PCRE returned: {})", text.substr(1), problem);
  }
  // Kong looks at the encoding of paths alone whose characters may all stand in a path.
  if (std::string problem = check_percent(text); is_path(text) && !problem.empty()) return problem;
  const std::string normal = normalise_path(text);
  return normal == text ? std::string() : fmt::format("non-normalized path, consider use '{}' instead", normal);
}

std::string check_header_name(std::string_view text) {
  if (!text.empty() && all(text, [](char c) { return is_alnum(c) || c == '-' || c == '_'; })) return {};
  if (text.empty()) return "length must be at least 1";
  return fmt::format("bad header name '{}', allowed characters are A-Z, a-z, 0-9, '_', and '-'", text);
}

std::string check_route_header(std::string_view text) {
  constexpr std::string_view kHost = "host";
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  if (text.size() == kHost.size() && std::equal(text.begin(), text.end(), kHost.begin(), same)) {
    return "cannot contain 'host' header, which must be specified in the 'hosts' attribute";
  }
  return check_header_name(text);
}

std::string check_transform_name(std::string_view name) {
  return check_header_name(name).empty() ? std::string() : fmt::format("'{}' is not a valid header", name);
}

std::string check_template(std::string_view text) {
  const auto parsed = policy::parse_template(text);
  return parsed ? std::string() : fmt::format("value '{}' is not in supported format, error:{}", text, parsed.error());
}

std::string check_header_value(std::string_view text) {
  const auto fits = [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f); };
  return all(text, fits) ? std::string() : "control characters are not allowed in a header value";
}

std::string check_token(std::string_view text) {
  if (all(text, [](char c) { return is_alnum(c) || is_one_of(c, "!#$%&'*+-.^_`|~"); })) return {};
  return "contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the characters "
         "()<>@,;:\\\"/?={}[] are not allowed.";
}

std::string check_method(std::string_view text) {
  const bool upper = !text.empty() && all(text, [](char c) { return c >= 'A' && c <= 'Z'; });
  return upper ? std::string() : fmt::format("invalid value: {}", text);
}

std::string check_cors_origin(std::string_view text) {
  return text == "*" || check_regex(text).empty() ? std::string() : fmt::format("'{}' is not a valid regex", text);
}

bool is_lower_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string check_vault_prefix(std::string_view text) {
  const bool fits = text.size() >= 2 && text[0] >= 'a' && text[0] <= 'z' && is_lower_alnum(text.back()) &&
                    all(text, [](char c) { return is_lower_alnum(c) || c == '-'; });
  if (text == "env") return "must not be one of: env";
  return fits ? std::string() : fmt::format("invalid value: {}", text);
}

std::string check_variable_prefix(std::string_view text) {
  const bool digit_first = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (!digit_first && all(text, [](char c) { return is_alnum(c) || c == '_'; })) return {};
  return fmt::format("invalid value: {}", text);
}

// As Linux takes it (dev_valid_name); a comma would end the name in a device's arguments.
std::string check_interface(std::string_view text) {
  const bool fits = text.size() <= 15 && text != "." && text != "..";
  if (fits && all(text, [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != ','; })) return {};
  return "expected the name of a network interface: at most 15 characters, without '/', ':', ',' and blanks";
}

}  // namespace

std::string check_text(TextKind kind, std::string_view text) {
  switch (kind) {
    case TextKind::kAny:
    case TextKind::kFilePath:
      return {};
    case TextKind::kInterface:
      return check_interface(text);
    case TextKind::kLogFile:
      return text.starts_with('/') || text == "off" ? "" : "expected an absolute path, or off";
    case TextKind::kName:
      return check_name(text);
    case TextKind::kTag:
      return check_tag(text);
    case TextKind::kHost:
      return check_host(text);
    case TextKind::kHostPort:
      return check_host_port(text);
    case TextKind::kRouteHost:
      return check_route_host(text);
    case TextKind::kSni:
      return check_sni(text);
    case TextKind::kUpstreamName:
      return check_upstream_name(text);
    case TextKind::kTarget:
      return check_target(text);
    case TextKind::kPath:
      return check_path(text);
    case TextKind::kRoutePath:
      return check_route_path(text);
    case TextKind::kHeaderName:
      return check_header_name(text);
    case TextKind::kRouteHeader:
      return check_route_header(text);
    case TextKind::kTransform:
      return check_transform_name(text.substr(0, text.find(':')));
    case TextKind::kTransformName:
      return check_transform_name(text);
    case TextKind::kTemplate:
      return check_template(text);
    case TextKind::kHeaderTemplate: {
      std::string problem = check_header_value(text);
      return problem.empty() ? check_template(text) : problem;
    }
    case TextKind::kHeaderValue:
      return check_header_value(text);
    case TextKind::kMethod:
      return check_method(text);
    case TextKind::kRegex: {
      const std::string problem = check_regex(text);
      return problem.empty() ? problem : fmt::format("not a valid regex: {}", text);
    }
    case TextKind::kCorsOrigin:
      return check_cors_origin(text);
    case TextKind::kPublicKey:
      return is_public_key(text) ? std::string() : "invalid key";
    case TextKind::kToken:
      return check_token(text);
    case TextKind::kCertificate:
      return check_certificate(text);
    case TextKind::kPrivateKey:
      return check_private_key(text);
    case TextKind::kVaultPrefix:
      return check_vault_prefix(text);
    case TextKind::kVariablePrefix:
      return check_variable_prefix(text);
  }
  return {};
}

}  // namespace sluice::config
