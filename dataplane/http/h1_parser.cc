#include "http/h1_parser.h"

#include <algorithm>

#include "http/characters.h"
#include "http/name_set.h"
#include "http/status.h"
#include "http/url.h"

namespace sluice::http {

namespace {

using Refused = std::optional<MessageError>;

// What a target may hold at all: no controls, no space, no fragment (RFC 9112 3.2). Bytes that RFC 3986 does not name
// pass, as Kong lets them.
constexpr CharacterSet kTargetBytes =
    CharacterSet("").with_range('!', '"').with_range('$', '~').with_range('\x80', '\xff');
constexpr CharacterSet kMethodBytes = CharacterSet("-_").with_range('A', 'Z');
constexpr CharacterSet kHostBytes = CharacterSet("-._~!$&'()*+,;=").with_alphanumeric();
constexpr CharacterSet kIpLiteralBytes =
    CharacterSet(":.").with_range('0', '9').with_range('A', 'F').with_range('a', 'f');

// The lines of a head, without their CRLF. A line that ends with a bare LF keeps it, and is refused for that.
class LineReader {
 public:
  explicit LineReader(std::string_view head) : rest_(head) {}
  // An empty line ends the head.
  std::string_view next() {
    const size_t lf = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, lf + 1);
    rest_.remove_prefix(line.size());
    if (line.ends_with("\r\n")) line.remove_suffix(2);
    return line;
  }

 private:
  std::string_view rest_;
};

// RFC 9112 5: field-name ":" OWS field-value OWS.
Refused parse_field(std::string_view line, HeaderMap& out) {
  if (line[0] == ' ' || line[0] == '\t') return client_error(400, Counter::kHttpObsFold, "http.obs_fold");
  size_t colon = 0;
  while (colon < line.size() && kTokenBytes.contains(line[colon])) ++colon;
  if (colon == line.size() || line[colon] != ':') {
    const bool space = colon > 0 && trim(line.substr(colon)).starts_with(':');
    return space ? client_error(400, Counter::kHttpSpaceBeforeColon, "http.space_before_colon")
                 : client_error(400, Counter::kHttpHeaderName, "http.header_name");
  }
  if (colon == 0) return client_error(400, Counter::kHttpHeaderName, "http.header_name");
  const std::string_view value = trim(line.substr(colon + 1));
  if (has_control(value)) return client_error(400, Counter::kHttpHeaderValue, "http.header_value");
  if (!out.add(line.substr(0, colon), value)) return out_of_memory("http.headers");
  return std::nullopt;
}

Refused parse_fields(LineReader& lines, uint16_t most, HeaderMap& out) {
  for (std::string_view line = lines.next(); !line.empty(); line = lines.next()) {
    if (out.size() == most) return client_error(431, Counter::kHttpTooManyHeaders, "http.header_count");
    if (auto refused = parse_field(line, out)) return refused;
  }
  return std::nullopt;
}

struct VersionText {
  bool well_formed = false;
  Version version;
};

// RFC 9112 2.3.
VersionText parse_version(std::string_view text) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !is_digit(text[5]) || text[6] != '.' || !is_digit(text[7])) {
    return {};
  }
  return {true, {static_cast<uint8_t>(text[5] - '0'), static_cast<uint8_t>(text[7] - '0')}};
}

// RFC 3986 3.2.2 and 3.2.3 without user information: host [ ":" port ].
bool is_host(std::string_view text) {
  size_t host_end = 0;
  if (text.starts_with('[')) {
    host_end = text.find(']');
    if (host_end == std::string_view::npos || host_end < 3) return false;
    if (!kIpLiteralBytes.contains_all(text.substr(1, host_end - 1))) return false;
    ++host_end;
  } else {
    host_end = std::min(text.find(':'), text.size());
    const std::string_view host = text.substr(0, host_end);
    if (host.empty() || !kHostBytes.contains_all(host)) return false;
  }
  if (host_end == text.size()) return true;
  const std::string_view digits = text.substr(host_end + 1);
  if (text[host_end] != ':' || digits.empty() || digits.size() > 5) return false;
  unsigned port = 0;
  for (char c : digits) {
    if (!is_digit(c)) return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= 65535;
}

void split_query(std::string_view path_and_query, Request& out) {
  const size_t mark = path_and_query.find('?');
  out.has_query = mark != std::string_view::npos;
  out.path = path_and_query.substr(0, mark);
  out.query = out.has_query ? path_and_query.substr(mark + 1) : std::string_view();
  if (out.path.empty()) out.path = "/";
}

// RFC 9112 3.2.2. False: not an absolute-form.
bool parse_absolute_form(std::string_view target, Request& out) {
  const size_t colon = target.find("://");
  const std::string_view scheme = target.substr(0, std::min(colon, target.size()));
  if (!iequals(scheme, "http") && !iequals(scheme, "https")) return false;
  const std::string_view rest = target.substr(colon + 3);
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  out.authority = rest.substr(0, end);
  if (!is_host(out.authority)) return false;
  split_query(rest.substr(end), out);
  return true;
}

// RFC 9112 3.2. A CONNECT is refused whatever its target is.
bool parse_target(Request& out) {
  if (!kTargetBytes.contains_all(out.target)) return false;
  if (out.target.starts_with('/')) {
    split_query(out.target, out);
  } else if (out.target == "*") {
    out.path = out.target;
    return out.method == "OPTIONS";
  } else if (out.method == "CONNECT") {
    out.authority = out.target;
    return is_host(out.authority);
  } else if (!parse_absolute_form(out.target, out)) {
    return false;
  }
  return check_path(out.path) == PathFault::kGood;
}

// RFC 9112 3: method SP request-target SP HTTP-version.
Refused parse_request_line(std::string_view line, uint32_t most_target_bytes, Request& out) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  const std::string_view method = line.substr(0, first);
  if (method.empty() || !kMethodBytes.contains_all(method)) {
    return client_error(400, Counter::kHttpMethod, "http.method");
  }
  out.method = method;
  if (first == last) return client_error(400, Counter::kHttpRequestLine, "http.request_line");
  out.target = line.substr(first + 1, last - first - 1);
  if (out.target.size() > most_target_bytes) {
    return client_error(414, Counter::kHttpTargetTooLong, "http.target_bytes");
  }
  const VersionText version = parse_version(line.substr(last + 1));
  if (!version.well_formed || out.target.empty()) {
    return client_error(400, Counter::kHttpRequestLine, "http.request_line");
  }
  if (version.version.major != 1) return client_error(505, Counter::kHttpVersion, "http.version");
  out.version = version.version;
  if (!parse_target(out)) return client_error(400, Counter::kHttpTarget, "http.target");
  return std::nullopt;
}

// The fields that frame a message and decide about its connection, found in one pass.
struct ControlFields {
  const Header* host = nullptr;
  const Header* content_length = nullptr;
  const Header* transfer_encoding = nullptr;
  const Header* expect = nullptr;
  bool connection = false;
  bool repeated_host = false;
  bool repeated_length = false;
  bool repeated_coding = false;
};

ControlFields find_control_fields(const HeaderMap& headers) {
  ControlFields found;
  const auto note = [](const Header*& field, const Header& header) {
    const bool repeated = field != nullptr;
    field = &header;
    return repeated;
  };
  for (const Header& header : headers.all()) {
    switch (header.name.size()) {
      case 4:
        if (iequals(header.name, "Host")) found.repeated_host |= note(found.host, header);
        break;
      case 6:
        if (iequals(header.name, "Expect")) found.expect = &header;
        break;
      case 10:
        found.connection |= iequals(header.name, "Connection");
        break;
      case 14:
        if (iequals(header.name, "Content-Length")) found.repeated_length |= note(found.content_length, header);
        break;
      case 17:
        if (iequals(header.name, "Transfer-Encoding")) found.repeated_coding |= note(found.transfer_encoding, header);
        break;
    }
  }
  return found;
}

// 1*DIGIT that fits; RFC 9110 8.6.
std::optional<uint64_t> parse_length(std::string_view text) {
  uint64_t length = 0;
  for (char c : text) {
    if (!is_digit(c) || length > (INT64_MAX - 9) / 10) return std::nullopt;
    length = length * 10 + static_cast<uint64_t>(c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(length);
}

// RFC 9112 6.1: the last coding must be chunked, and only the last.
Refused check_coding(std::string_view codings) {
  if (iequals(codings, "chunked")) return std::nullopt;
  const size_t comma = codings.rfind(',');
  const bool chunked_last = comma != std::string_view::npos && iequals(trim(codings.substr(comma + 1)), "chunked");
  if (!chunked_last) return client_error(400, Counter::kHttpTransferCoding, "http.transfer_coding");
  for (size_t from = 0; from <= comma;) {
    const size_t end = codings.find(',', from);
    const std::string_view coding = trim(codings.substr(from, end - from));
    if (coding.empty() || iequals(coding, "chunked")) {
      return client_error(400, Counter::kHttpTransferCoding, "http.transfer_coding");
    }
    from = end + 1;
  }
  return client_error(501, Counter::kHttpUnknownCoding, "http.transfer_coding");
}

// RFC 9112 6.3, without what depends on the kind of message.
Refused find_framing(const ControlFields& fields, Version version, BodyFraming& out) {
  if (fields.transfer_encoding != nullptr) {
    if (fields.content_length != nullptr) {
      return client_error(400, Counter::kHttpLengthAndCoding, "http.length_and_coding");
    }
    if (version.minor == 0 || fields.repeated_coding) {
      return client_error(400, Counter::kHttpTransferCoding, "http.transfer_coding");
    }
    if (auto refused = check_coding(fields.transfer_encoding->value)) return refused;
    out = {Framing::kChunked, 0};
    return std::nullopt;
  }
  if (fields.content_length == nullptr) return std::nullopt;
  const std::optional<uint64_t> length = parse_length(fields.content_length->value);
  if (!length || fields.repeated_length) {
    return client_error(400, Counter::kHttpContentLength, "http.content_length");
  }
  out = {Framing::kLength, *length};
  return std::nullopt;
}

// RFC 9112 9.3.
bool wants_keep_alive(const HeaderMap& headers, Version version, bool has_connection) {
  if (!has_connection) return version.minor > 0;
  if (has_token(headers, "Connection", "close")) return false;
  return version.minor > 0 || has_token(headers, "Connection", "keep-alive");
}

// RFC 9112 3.2: exactly one, well-formed. HTTP/1.0 may be without.
Refused check_host(const ControlFields& fields, Request& out) {
  if (fields.repeated_host) return client_error(400, Counter::kHttpHostRepeated, "http.host");
  if (fields.host == nullptr) {
    if (out.version.minor > 0) return client_error(400, Counter::kHttpHostMissing, "http.host");
    return std::nullopt;
  }
  if (!is_host(fields.host->value)) return client_error(400, Counter::kHttpHost, "http.host");
  if (out.authority.empty()) out.authority = fields.host->value;
  return std::nullopt;
}

// RFC 9110 6.5.1: what frames, routes, authenticates or tells how the content is to be read may not come behind it.
constexpr std::string_view kNotInTrailers[] = {
    "Age",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Type",
    "Content-Length",
    "Content-Range",
    "Cookie",
    "Date",
    "Expect",
    "Expires",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-Range",
    "If-None-Match",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Location",
    "Max-Forwards",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "Proxy-Authorization",
    "Range",
    "Retry-After",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Upgrade",
    "Transfer-Encoding",
    "Vary",
    "Via",
    "WWW-Authenticate",
};

bool may_trail(const Header& field) {
  return std::ranges::none_of(kNotInTrailers, [&](std::string_view name) { return equal_folded(field.name, name); });
}

// RFC 9112 4: HTTP-version SP status-code SP [ reason-phrase ]. The space before a reason that is absent may be absent.
bool parse_status_line(std::string_view line, Response& out) {
  if (line.size() < 12 || line[8] != ' ') return false;
  const VersionText version = parse_version(line.substr(0, 8));
  if (!version.well_formed || version.version.major != 1) return false;
  out.version = version.version;
  for (char c : line.substr(9, 3)) {
    if (!is_digit(c)) return false;
    out.status = static_cast<uint16_t>(out.status * 10 + (c - '0'));
  }
  if (out.status < 100) return false;
  if (line.size() > 12 && line[12] != ' ') return false;
  out.reason = line.size() > 12 ? line.substr(13) : std::string_view();
  return !has_control(out.reason);
}

}  // namespace

std::optional<MessageError> parse_request_head(std::string_view head, const policy::Limits& limits, Request& out) {
  LineReader lines(head);
  if (auto refused = parse_request_line(lines.next(), limits.target_bytes, out)) return refused;
  if (auto refused = parse_fields(lines, limits.header_count, out.headers)) return refused;
  const ControlFields fields = find_control_fields(out.headers);
  if (auto refused = check_host(fields, out)) return refused;
  if (auto refused = find_framing(fields, out.version, out.framing)) return refused;
  out.keep_alive = wants_keep_alive(out.headers, out.version, fields.connection);
  if (out.method == "TRACE" || out.method == "CONNECT") {
    return client_error(405, Counter::kHttpMethodNotAllowed, "http.method");
  }
  if (out.framing.kind == Framing::kLength && out.framing.length_bytes > limits.body_bytes) {
    return client_error(413, Counter::kHttpBodyTooLarge, "http.body_bytes");
  }
  out.expects_continue =
      out.version.minor > 0 && fields.expect != nullptr && iequals(fields.expect->value, "100-continue");
  return std::nullopt;
}

std::optional<MessageError> parse_response_head(std::string_view head, uint16_t most_headers, Answers answers,
                                                Response& out) {
  LineReader lines(head);
  if (!parse_status_line(lines.next(), out)) {
    return MessageError{502, {Counter::kHttpOriginStatusLine, Side::kOrigin, "http.status_line"}};
  }
  if (auto refused = parse_fields(lines, most_headers, out.headers)) return refused;
  const ControlFields fields = find_control_fields(out.headers);
  BodyFraming framing{Framing::kUntilClose, 0};
  if (auto refused = find_framing(fields, out.version, framing)) return refused;
  out.framing = answers == Answers::kHead || is_bodiless(out.status) ? BodyFraming() : framing;
  out.keep_alive =
      wants_keep_alive(out.headers, out.version, fields.connection) && out.framing.kind != Framing::kUntilClose;
  return std::nullopt;
}

std::optional<MessageError> parse_trailers(std::string_view section, uint16_t most_fields, HeaderMap& out) {
  LineReader lines(section);
  if (parse_fields(lines, most_fields, out)) {
    return client_error(400, Counter::kHttpTrailers, "http.trailers");
  }
  out.remove_if([](const Header& field) { return !may_trail(field); });
  return std::nullopt;
}

bool has_token(const HeaderMap& headers, std::string_view name, std::string_view token) {
  for (const Header& header : headers.all()) {
    if (!iequals(header.name, name)) continue;
    for (std::string_view rest = header.value; !rest.empty();) {
      const size_t end = std::min(rest.find(','), rest.size());
      if (iequals(trim(rest.substr(0, end)), token)) return true;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return false;
}

}  // namespace sluice::http
