#include "http/h1_writer.h"

#include <charconv>

#include "http/characters.h"
#include "http/h1_parser.h"

namespace sluice::http {

namespace {

void write_decimal(PacketWriter& out, uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.write({digits, static_cast<size_t>(end - digits)});
}

void write_escaped_byte(PacketWriter& out, char c) {
  constexpr char kHex[] = "0123456789ABCDEF";
  const auto byte = static_cast<uint8_t>(c);
  const char escape[] = {'%', kHex[byte >> 4], kHex[byte & 15]};
  out.write({escape, sizeof escape});
}

// `text` with its control bytes percent-encoded: nothing ends a line but the writer.
void write_text(PacketWriter& out, std::string_view text) {
  for (size_t at = find_control(text); at < text.size(); at = find_control(text)) {
    out.write(text.substr(0, at));
    write_escaped_byte(out, text[at]);
    text.remove_prefix(at + 1);
  }
  out.write(text);
}

// A target or a method has no white space either.
void write_word(PacketWriter& out, std::string_view text) {
  for (size_t at = text.find_first_of(" \t"); at < text.size(); at = text.find_first_of(" \t")) {
    write_text(out, text.substr(0, at));
    write_escaped_byte(out, text[at]);
    text.remove_prefix(at + 1);
  }
  write_text(out, text);
}

void write_field(PacketWriter& out, std::string_view name, std::string_view value) {
  write_text(out, name);
  out.write(": ");
  write_text(out, value);
  out.write("\r\n");
}

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

void write_fields(PacketWriter& out, const HeaderMap& headers, Length length, bool upgrades) {
  for (const Header& header : headers.all()) {
    if (is_copied(header.name, length, upgrades)) write_field(out, header.name, header.value);
  }
}

void write_framing(PacketWriter& out, BodyFraming framing) {
  if (framing.kind == Framing::kChunked) out.write("Transfer-Encoding: chunked\r\n");
  if (framing.kind == Framing::kLength) {
    out.write("Content-Length: ");
    write_decimal(out, framing.length_bytes);
    out.write("\r\n");
  }
}

void write_status_line(PacketWriter& out, const Response& response) {
  out.write("HTTP/1.1 ");
  write_decimal(out, response.status);
  out.write(' ');
  write_text(out, response.reason);
  out.write("\r\n");
}

}  // namespace

bool asks_upgrade(const HeaderMap& headers) {
  return headers.contains("Upgrade") && has_token(headers, "Connection", "upgrade");
}

void write_request_head(PacketWriter& out, const Request& request) {
  const bool upgrades = asks_upgrade(request.headers);
  write_word(out, request.method);
  out.write(' ');
  write_word(out, request.target);
  out.write(" HTTP/1.1\r\n");
  write_fields(out, request.headers, Length::kOmit, upgrades);
  out.write(upgrades ? "Connection: Upgrade\r\n" : "Connection: keep-alive\r\n");
  write_framing(out, request.framing);
  out.write("\r\n");
}

void write_response_head(PacketWriter& out, const Response& response, BodyFraming framing, Persistence persistence) {
  const bool upgrades = asks_upgrade(response.headers);
  write_status_line(out, response);
  const bool own_length = framing.kind == Framing::kNone && response.status >= 200;
  write_fields(out, response.headers, own_length ? Length::kCopy : Length::kOmit, upgrades);
  if (upgrades) {
    const bool closes = persistence == Persistence::kClose && response.status != 101;
    out.write(closes ? "Connection: Upgrade, close\r\n" : "Connection: Upgrade\r\n");
  } else {
    out.write(persistence == Persistence::kClose ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
  }
  write_framing(out, framing);
  out.write("\r\n");
}

void write_interim_head(PacketWriter& out, const Response& interim) {
  write_status_line(out, interim);
  write_fields(out, interim.headers, Length::kOmit, false);
  out.write("\r\n");
}

void write_trailers(PacketWriter& out, const HeaderMap& trailers) {
  write_fields(out, trailers, Length::kOmit, false);
}

}  // namespace sluice::http
