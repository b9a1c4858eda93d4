// Request and Response: a parsed message head, and how the body that follows it is framed.
//
// What stands here has passed the checks of h1_parser.h: it could be written as HTTP/1.1 as it is. Views live in the
// arena of the exchange or in the packets that its transaction pins.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/arena.h"
#include "http/header_map.h"

namespace sluice::http {

struct Version {
  uint8_t major = 1;
  uint8_t minor = 1;
  auto operator<=>(const Version&) const = default;
};

// RFC 9112 6: how the end of a body is known.
enum class Framing : uint8_t {
  kNone,        // no body
  kLength,      // Content-Length
  kChunked,     // Transfer-Encoding: chunked
  kUntilClose,  // responses only
};

struct BodyFraming {
  Framing kind = Framing::kNone;
  uint64_t length_bytes = 0;  // kLength only
};

// "As sent" until the exchange makes it the request to an origin: method, target and headers are what that gets from
// then on (gateway::Stage::prepare_upstream).
struct Request {
  explicit Request(Arena& arena) : headers(arena) {}

  std::string_view method;     // as sent; a token
  std::string_view target;     // as sent: what logs and X-Forwarded-Path show
  std::string_view path;       // of the target, as sent, starts with '/' (or "*" for OPTIONS *)
  std::string_view query;      // behind '?', without it
  bool has_query = false;      // "/a?" has an empty query, "/a" has none
  std::string_view authority;  // Host, or that of an absolute-form target: host[:port] as sent
  Version version;
  HeaderMap headers;  // all as sent, Host too; writers frame by `framing`, whatever stands here
  BodyFraming framing;
  bool keep_alive = true;         // what the message itself asks for (RFC 9112 9.3)
  bool expects_continue = false;  // Expect: 100-continue; the session sends the 100 unless the answer comes first
};

struct Response {
  explicit Response(Arena& arena) : headers(arena) {}

  uint16_t status = 0;      // 100..999
  std::string_view reason;  // may be empty
  Version version;
  HeaderMap headers;
  BodyFraming framing;
  bool keep_alive = true;
};

}  // namespace sluice::http
