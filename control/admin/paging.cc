#include "admin/paging.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace sluice::control {

namespace {

using nlohmann::json;

constexpr int kInvalidOffset = 7;
constexpr int kInvalidSize = 9;
constexpr int kInvalidOptions = 11;
constexpr size_t kMostTags = 5;

json invalid_size(const std::string& message) {
  return {{"code", kInvalidSize}, {"name", "invalid size"}, {"message", message}};
}

// Why these are no tags to ask for, in Kong's words; empty: they are.
std::string tags_problem(const std::string& text, const AskedTags& asked) {
  if (text.empty()) return "cannot be null";
  const bool mixed = asked.any && text.find(',') != std::string::npos;
  const auto empty = std::ranges::find(asked.tags, std::string());
  // One separator may end the list.
  if (mixed || (empty != asked.tags.end() && empty + 1 != asked.tags.end())) return "invalid filter syntax";
  return asked.tags.size() > kMostTags ? fmt::format("cannot query more than {} tags", kMostTags) : std::string();
}

AskedTags split_tags(const std::string& text) {
  AskedTags asked{.tags = {}, .any = text.find('/') != std::string::npos};
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(asked.any ? '/' : ',', start), text.size());
    asked.tags.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return asked;
}

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
    double number = 0;
    const auto [end, problem] = std::from_chars(size->data(), size->data() + size->size(), number);
    if (problem != std::errc() || end != size->data() + size->size()) {
      page.error = invalid_size("size must be a number");
    } else if (number != std::floor(number) || number < 1 || number > Page::kMostSize) {
      page.error = invalid_size(fmt::format("size must be an integer between 1 and {}", Page::kMostSize));
    } else {
      page.size = static_cast<size_t>(number);
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
  if (const auto tags = request.argument("tags")) {
    if (const std::string problem = tags_problem(*tags, split_tags(*tags)); !problem.empty()) {
      page.error = {{"code", kInvalidOptions},
                    {"name", "invalid options"},
                    {"message", fmt::format("invalid option (tags: {})", problem)},
                    {"fields", {{"tags", problem}}}};
    }
  }
  return page;
}

bool AskedTags::hold_for(const std::vector<std::string>& own) const {
  const auto there = [&](const std::string& tag) { return std::ranges::find(own, tag) != own.end(); };
  return any ? std::ranges::any_of(tags, there) : std::ranges::all_of(tags, there);
}

std::optional<AskedTags> asked_tags(const AdminRequest& request) {
  const auto text = request.argument("tags");
  if (!text) return std::nullopt;
  AskedTags asked = split_tags(*text);
  if (asked.tags.back().empty()) asked.tags.pop_back();
  return asked;
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
