#include "http/h1_writer.h"

#include <charconv>
#include <cstring>
#include <string_view>

#include "http/characters.h"
#include "http/h1_parser.h"

namespace sluice::http {

namespace {

// Gathers the small pieces of a head, so that the packet is gone to once for many of them.
class HeadText {
 public:
  explicit HeadText(PacketWriter& out) : out_(out) {}
  ~HeadText() { flush(); }
  HeadText(const HeadText&) = delete;
  HeadText& operator=(const HeadText&) = delete;

  void add(std::string_view text) {
    if (text.empty()) return;
    if (text.size() > sizeof buffer_ - size_) {
      flush();
      if (text.size() > sizeof buffer_) return out_.write(text);
    }
    std::memcpy(buffer_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  void add_decimal(uint64_t value) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    add({digits, static_cast<size_t>(end - digits)});
  }
  // `text` with its control bytes percent-encoded: nothing ends a line but the writer.
  void add_text(std::string_view text) {
    if (has_control(text)) [[unlikely]] {
      return add_escaped(text, [](char c) { return find_control({&c, 1}) == 0; });
    }
    add(text);
  }
  // A target or a method has no white space either.
  void add_word(std::string_view text) {
    if (has_control(text) || text.find_first_of(" \t") != std::string_view::npos) [[unlikely]] {
      return add_escaped(text, [](char c) { return c == ' ' || c == '\t' || find_control({&c, 1}) == 0; });
    }
    add(text);
  }

 private:
  template <typename MustEscape>
  void add_escaped(std::string_view text, MustEscape&& must_escape) {
    constexpr char kHex[] = "0123456789ABCDEF";
    for (char c : text) {
      const auto byte = static_cast<uint8_t>(c);
      const char escape[] = {'%', kHex[byte >> 4], kHex[byte & 15]};
      add(must_escape(c) ? std::string_view(escape, sizeof escape) : std::string_view(&c, 1));
    }
  }
  void flush() {
    out_.write({buffer_, size_});
    size_ = 0;
  }

  PacketWriter& out_;
  size_t size_ = 0;
  char buffer_[1024];
};

enum class Length : uint8_t { kCopy, kOmit };

// The fields of the connection itself are the session's to write.
bool is_copied(std::string_view name, Length length, bool upgrades) {
  switch (name.size()) {
    case 7:
      return upgrades || !iequals(name, "Upgrade");
    case 10:
      return !iequals(name, "Connection") && !iequals(name, "Keep-Alive");
    case 14:
      return length == Length::kCopy || !iequals(name, "Content-Length");
    case 16:
      return !iequals(name, "Proxy-Connection");
    case 17:
      return !iequals(name, "Transfer-Encoding");
    default:
      return true;
  }
}

void add_fields(HeadText& head, const HeaderMap& headers, Length length, bool upgrades) {
  for (const Header& header : headers.all()) {
    if (!is_copied(header.name, length, upgrades)) continue;
    head.add_text(header.name);
    head.add(": ");
    head.add_text(header.value);
    head.add("\r\n");
  }
}

void add_framing(HeadText& head, BodyFraming framing) {
  if (framing.kind == Framing::kChunked) head.add("Transfer-Encoding: chunked\r\n");
  if (framing.kind == Framing::kLength) {
    head.add("Content-Length: ");
    head.add_decimal(framing.length_bytes);
    head.add("\r\n");
  }
}

void add_status_line(HeadText& head, const Response& response) {
  head.add("HTTP/1.1 ");
  head.add_decimal(response.status);
  head.add(" ");
  head.add_text(response.reason);
  head.add("\r\n");
}

}  // namespace

bool asks_upgrade(const HeaderMap& headers) {
  return headers.contains("Upgrade") && has_token(headers, "Connection", "upgrade");
}

void write_request_head(PacketWriter& out, const Request& request) {
  const bool upgrades = asks_upgrade(request.headers);
  HeadText head(out);
  head.add_word(request.method);
  head.add(" ");
  head.add_word(request.target);
  head.add(" HTTP/1.1\r\n");
  add_fields(head, request.headers, Length::kOmit, upgrades);
  head.add(upgrades ? "Connection: Upgrade\r\n" : "Connection: keep-alive\r\n");
  add_framing(head, request.framing);
  head.add("\r\n");
}

void write_response_head(PacketWriter& out, const Response& response, BodyFraming framing, Persistence persistence) {
  const bool upgrades = asks_upgrade(response.headers);
  const bool own_length = framing.kind == Framing::kNone && response.status >= 200;
  HeadText head(out);
  add_status_line(head, response);
  add_fields(head, response.headers, own_length ? Length::kCopy : Length::kOmit, upgrades);
  if (upgrades) {
    const bool closes = persistence == Persistence::kClose && response.status != 101;
    head.add(closes ? "Connection: Upgrade, close\r\n" : "Connection: Upgrade\r\n");
  } else {
    head.add(persistence == Persistence::kClose ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
  }
  add_framing(head, framing);
  head.add("\r\n");
}

void write_interim_head(PacketWriter& out, const Response& interim) {
  HeadText head(out);
  add_status_line(head, interim);
  add_fields(head, interim.headers, Length::kOmit, false);
  head.add("\r\n");
}

void write_trailers(PacketWriter& out, const HeaderMap& trailers) {
  HeadText section(out);
  add_fields(section, trailers, Length::kOmit, false);
}

}  // namespace sluice::http
