// HttpMessage: one HTTP/1.1 message taken apart, for assertions. Lenient: what is under test is the other side.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

struct HttpMessage {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // without chunk framing

  // The value of the first field of this name, of any case; empty without one.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;
  // Of a response.
  int status() const;
};

// Whether a message without Content-Length and chunks goes on until the stream ends.
enum class Body : uint8_t { kFramed, kNone, kUntilEnd };

// Takes the first message off `text` when it is complete.
std::optional<HttpMessage> take_message(std::string& text, Body body = Body::kFramed);

}  // namespace sluice::test
