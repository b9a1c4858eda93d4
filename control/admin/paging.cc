#include "admin/paging.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <map>

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr int kInvalidOffset = 7;
constexpr int kInvalidSize = 9;

// base64url without padding (RFC 4648 section 5).
std::string encode(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  out.resize(static_cast<size_t>(length));
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  out.erase(out.find_last_not_of('=') + 1);
  return out;
}

std::optional<std::string> decode(std::string text) {
  constexpr size_t kMostBytes = 256;
  if (text.empty() || text.size() > kMostBytes) return std::nullopt;
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const size_t padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::string out(text.size(), '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < static_cast<int>(padding)) return std::nullopt;
  out.resize(static_cast<size_t>(length) - padding);
  return out;
}

}  // namespace

Page read_page(const AdminRequest& request, std::string_view plural) {
  Page page;
  if (const auto size = request.argument("size")) {
    const auto [end, problem] = std::from_chars(size->data(), size->data() + size->size(), page.size);
    const bool number = problem == std::errc() && end == size->data() + size->size();
    if (!number || page.size == 0 || page.size > Page::kMostSize) {
      page.error = {{"code", kInvalidSize},
                    {"name", "invalid size"},
                    {"message", fmt::format("size must be an integer between 1 and {}", Page::kMostSize)}};
    }
  }
  if (const auto offset = request.argument("offset")) {
    const std::string text = decode(*offset).value_or(std::string());
    const size_t bar = text.find('|');
    const auto id = policy::Uuid::parse(bar == std::string::npos ? "" : std::string_view(text).substr(bar + 1));
    if (id && text.substr(0, bar) == plural) {
      page.from = *id;
    } else {
      page.error = {{"code", kInvalidOffset},
                    {"name", "invalid offset"},
                    {"message", fmt::format("'{}' is not a valid offset: bad base64 encoding", *offset)}};
    }
  }
  return page;
}

std::string offset_text(std::string_view plural, const policy::Uuid& first) {
  return encode(fmt::format("{}|{}", plural, first.to_string()));
}

std::string next_link(const AdminRequest& request, const std::string& self, const std::string& offset) {
  std::map<std::string, std::string> arguments;
  for (const char* name : {"size", "tags"}) {
    if (const auto value = request.argument(name)) arguments[name] = encode_argument(*value);
  }
  arguments["offset"] = offset;
  std::string query;
  for (const auto& [name, value] : arguments) query += (query.empty() ? "?" : "&") + name + "=" + value;
  return self + query;
}

}  // namespace sluice::control
