#include "config/path_text.h"

#include <algorithm>
#include <vector>

namespace sluice::config {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char to_upper(char c) {
  return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
}

// The byte that the percent-encoding at `i` stands for; -1 if there is none.
int decoded_at(std::string_view text, size_t i) {
  if (text[i] != '%' || i + 2 >= text.size()) return -1;
  const int high = hex_digit(text[i + 1]);
  const int low = hex_digit(text[i + 2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

// RFC 3986 2.2 and '%': what changes its meaning when it is decoded.
bool is_reserved(char c) {
  return std::string_view("!*'();:@&=+$,/?%#[]").find(c) != std::string_view::npos;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(".-_~/%").find(c) != std::string_view::npos;
}

// Decodes what is not reserved; in a regex what would have a meaning there comes out escaped.
std::string decode_percent(std::string_view text, bool regex) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const int byte = decoded_at(text, i);
    if (byte < 0) {
      decoded += text[i];
      continue;
    }
    const char c = static_cast<char>(byte);
    if (is_reserved(c)) {
      decoded += {'%', to_upper(text[i + 1]), to_upper(text[i + 2])};
    } else {
      if (regex && std::string_view(".^-{}\\|").find(c) != std::string_view::npos) decoded += '\\';
      decoded += c;
    }
    i += 2;
  }
  return decoded;
}

}  // namespace

std::string normalise_path(std::string_view path) {
  const std::string decoded = decode_percent(path, false);
  std::vector<std::string_view> kept;
  bool ends_in_slash = false;
  const std::string_view text = decoded;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('/', start), text.size());
    const std::string_view segment = text.substr(start, end - start);
    ends_in_slash = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!ends_in_slash) kept.push_back(segment);
    start = end + 1;
  }
  std::string normal;
  for (const std::string_view segment : kept) normal.append("/").append(segment);
  if (ends_in_slash || kept.empty()) normal += '/';
  return normal;
}

std::string_view invalid_percent(std::string_view path) {
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && decoded_at(path, i) < 0) return path.substr(i, 3);
  }
  return {};
}

std::string migrate_route_path(std::string_view path) {
  if (std::all_of(path.begin(), path.end(), is_plain)) {
    return path.starts_with('/') ? normalise_path(path) : std::string(path);
  }
  return "~" + decode_percent(path, true);
}

}  // namespace sluice::config
