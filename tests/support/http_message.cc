#include "support/http_message.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

namespace sluice::test {

namespace {

bool equal_names(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The decoded body and how much of `text` it took; none while it is incomplete.
std::optional<std::pair<std::string, size_t>> read_chunks(std::string_view text) {
  std::string body;
  size_t at = 0;
  for (;;) {
    const size_t line_end = text.find("\r\n", at);
    if (line_end == std::string_view::npos) return std::nullopt;
    const size_t size = std::strtoull(std::string(text.substr(at, line_end - at)).c_str(), nullptr, 16);
    at = line_end + 2;
    if (size == 0) break;
    if (text.size() < at + size + 2) return std::nullopt;
    body += text.substr(at, size);
    at += size + 2;
  }
  // Trailer fields, then an empty line.
  for (;;) {
    const size_t line_end = text.find("\r\n", at);
    if (line_end == std::string_view::npos) return std::nullopt;
    const bool empty = line_end == at;
    at = line_end + 2;
    if (empty) return std::make_pair(std::move(body), at);
  }
}

HttpMessage read_head(std::string_view head) {
  HttpMessage message;
  size_t at = head.find("\r\n");
  message.start_line = head.substr(0, at);
  for (at += 2; at < head.size();) {
    const size_t line_end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, line_end - at);
    const size_t colon = line.find(": ");
    message.headers.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 2, line.size())));
    at = line_end + 2;
  }
  return message;
}

}  // namespace

std::string HttpMessage::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equal_names(key, name)) return value;
  }
  return {};
}

bool HttpMessage::has(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& h) { return equal_names(h.first, name); });
}

int HttpMessage::status() const {
  return std::atoi(start_line.substr(std::min<size_t>(9, start_line.size())).c_str());
}

std::optional<HttpMessage> take_message(std::string& text, Body body) {
  const size_t head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos) return std::nullopt;
  HttpMessage message = read_head(std::string_view(text).substr(0, head_end + 2));
  const std::string_view rest = std::string_view(text).substr(head_end + 4);
  size_t taken = head_end + 4;
  if (body == Body::kUntilEnd) {
    message.body = rest;
    taken = text.size();
  } else if (body == Body::kFramed && equal_names(message.header("Transfer-Encoding"), "chunked")) {
    auto chunks = read_chunks(rest);
    if (!chunks) return std::nullopt;
    message.body = std::move(chunks->first);
    taken += chunks->second;
  } else if (body == Body::kFramed) {
    const size_t length = std::strtoull(message.header("Content-Length").c_str(), nullptr, 10);
    if (rest.size() < length) return std::nullopt;
    message.body = rest.substr(0, length);
    taken += length;
  }
  text.erase(0, taken);
  return message;
}

}  // namespace sluice::test
