#include "admin/policy_body.h"
#include "sluice/ascii.h"

#include <algorithm>

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr std::string_view kLineEnd = "\r\n";

bool iequals(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const size_t begin = std::min(text.find_first_not_of(kBlank), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

// Takes a value off the front, up to what ends it: a quoted string without its quotes, or a token.
std::string take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const size_t end = std::min(text.find(';'), text.size());
    value = trim(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
  size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return value;
}

// The parameter of that name in `value; name=token; name="quoted string"`.
std::optional<std::string> parameter(std::string_view field, std::string_view name) {
  for (size_t semicolon = field.find(';'); semicolon != std::string_view::npos; semicolon = field.find(';')) {
    field.remove_prefix(semicolon + 1);
    const size_t equals = field.find_first_of("=;");
    if (equals == std::string_view::npos || field[equals] == ';') continue;
    const std::string_view own = trim(field.substr(0, equals));
    field.remove_prefix(equals + 1);
    field.remove_prefix(std::min(field.find_first_not_of(" \t"), field.size()));
    std::string value = take_value(field);
    if (iequals(own, name)) return value;
  }
  return std::nullopt;
}

// Whether the lines of a part's head name it so.
bool is_named(std::string_view head, std::string_view name) {
  constexpr std::string_view kDisposition = "Content-Disposition";
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find(kLineEnd));
    head.remove_prefix(std::min(line.size() + kLineEnd.size(), head.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !iequals(trim(line.substr(0, colon)), kDisposition)) continue;
    if (parameter(line.substr(colon + 1), "name") == name) return true;
  }
  return false;
}

bool is_multipart(std::string_view content_type) {
  constexpr std::string_view kType = "multipart/form-data";
  return iequals(content_type.substr(0, kType.size()), kType);
}

}  // namespace

std::optional<std::string_view> multipart_field(std::string_view content_type, std::string_view body,
                                                std::string_view name) {
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty()) return std::nullopt;
  const std::string delimiter = "\r\n--" + *boundary;
  const std::string_view first = std::string_view(delimiter).substr(kLineEnd.size());
  size_t at = body.starts_with(first) ? first.size() : body.find(delimiter);
  if (at == std::string_view::npos) return std::nullopt;
  if (!body.starts_with(first)) at += delimiter.size();
  for (;;) {
    // `at`: behind a delimiter. The rest of its line is blank, or says that it was the last.
    if (body.substr(at).starts_with("--")) return std::nullopt;
    const size_t end = body.find(delimiter, at);
    const size_t line_end = body.find(kLineEnd, at);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view part =
        line_end < end ? body.substr(line_end + kLineEnd.size(), end - line_end - kLineEnd.size()) : std::string_view();
    const size_t head_end = part.find("\r\n\r\n");
    if (head_end != std::string_view::npos && is_named(part.substr(0, head_end), name)) {
      return part.substr(head_end + 2 * kLineEnd.size());
    }
    at = end + delimiter.size();
  }
}

std::optional<std::string> policy_text(const AdminRequest& request) {
  std::optional<std::string> config;
  if (request.content_type.starts_with("application/x-www-form-urlencoded")) {
    AdminRequest form;
    form.query = request.body;
    config = form.argument("config");
  } else if (request.content_type.starts_with("application/json")) {
    const json body = parse_json(request.body);
    if (body.is_object() && body.contains("config") && body["config"].is_string()) config = body["config"];
  } else if (is_multipart(request.content_type)) {
    config = multipart_field(request.content_type, request.body, "config");
  }
  if (!config && !request.body.empty()) config = request.body;
  return config;
}

}  // namespace sluice::control
