#include "gateway/plugins/multipart_body.h"

#include <algorithm>

#include "gateway/text.h"
#include "http/characters.h"
#include "http/header_map.h"
#include "http/url.h"

namespace sluice::gateway {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kDisposition = "Content-Disposition";
// RFC 2046 5.1.1.
constexpr size_t kLongestBoundary = 70;
// What a part's name may hold: RFC 7578 2 has it percent-encoded else.
constexpr auto kNameBytes = http::CharacterSet("").with_range(' ', '!').with_range('#', '~').with_range('\x80', '\xff');

// The value of the parameter `name` of a header like `form-data; name="a"`. Empty: there is none.
std::string_view parameter(std::string_view header, std::string_view name) {
  for (size_t at = header.find(';'); at != std::string_view::npos; at = header.find(';', at + 1)) {
    const std::string_view rest = http::trim(header.substr(at + 1));
    if (rest.size() <= name.size() || !http::iequals(rest.substr(0, name.size()), name)) continue;
    if (rest[name.size()] != '=') continue;
    const std::string_view value = rest.substr(name.size() + 1);
    if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
    return http::trim(value.substr(0, value.find(';')));
  }
  return {};
}

// The name that a part's head gives it.
std::string_view part_name(std::string_view head) {
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find(kLineEnd));
    head.remove_prefix(std::min(line.size() + kLineEnd.size(), head.size()));
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && http::iequals(line.substr(0, colon), kDisposition)) {
      return parameter(line.substr(colon + 1), "name");
    }
  }
  return {};
}

}  // namespace

Result<MultipartBody, MultipartBody::Fault> MultipartBody::parse(Arena& arena, std::string_view content_type,
                                                                 std::string_view body, size_t room_for) {
  MultipartBody form;
  form.arena_ = &arena;
  form.boundary_ = parameter(content_type, "boundary");
  if (form.boundary_.empty() || form.boundary_.size() > kLongestBoundary) return Fault::kNoForm;
  const std::string_view delimiter = concat(arena, {"\r\n--", form.boundary_});
  if (delimiter.data() == nullptr) return Fault::kNoMemory;

  // The first delimiter may stand at the very beginning, without a line end before it.
  const std::string_view first = delimiter.substr(kLineEnd.size());
  size_t at = body.starts_with(first) ? 0 : body.find(delimiter);
  if (at != std::string_view::npos) at += at == 0 && body.starts_with(first) ? first.size() : delimiter.size();
  size_t count = 0;
  for (size_t d = body.find(delimiter); d != std::string_view::npos; d = body.find(delimiter, d + 1)) ++count;
  if (count > kMostParts) return Fault::kNoForm;
  form.room_ = arena.try_array<Part>(count + room_for + 1);
  if (form.room_.empty()) return Fault::kNoMemory;

  if (body.empty()) return form;
  while (at != std::string_view::npos && body.substr(at).starts_with(kLineEnd)) {
    const size_t begin = at + kLineEnd.size();
    const size_t end = body.find(delimiter, at);
    if (end == std::string_view::npos || end < begin) return Fault::kNoForm;
    const std::string_view whole = body.substr(begin, end - begin);
    const size_t head = whole.find("\r\n\r\n");
    if (head == std::string_view::npos) return Fault::kNoForm;
    form.room_[form.size_++] = {part_name(whole.substr(0, head)), whole.substr(head + 4), whole};
    at = end + delimiter.size();
  }
  const bool closed = at != std::string_view::npos && body.substr(at).starts_with("--");
  if (!closed) return Fault::kNoForm;
  return form;
}

size_t MultipartBody::count(std::string_view name) const {
  return static_cast<size_t>(std::ranges::count(parts(), name, &Part::name));
}

std::optional<std::string_view> MultipartBody::find(std::string_view name) const {
  const auto found = std::ranges::find(parts(), name, &Part::name);
  return found == parts().end() ? std::nullopt : std::optional(found->content);
}

void MultipartBody::remove(std::string_view name) {
  const auto removed = std::ranges::remove(room_.first(size_), name, &Part::name);
  size_ -= removed.size();
}

bool MultipartBody::add(std::string_view name, std::string_view value) {
  const std::string_view safe = http::percent_encode(*arena_, name, kNameBytes);
  if (safe.data() == nullptr) return false;
  room_[size_++] = {safe, value, {}};
  return true;
}

std::string_view MultipartBody::encode() const {
  constexpr std::string_view kHead = "Content-Disposition: form-data; name=\"";
  constexpr std::string_view kHeadEnd = "\"\r\n\r\n";
  size_t size = boundary_.size() + 6;
  for (const Part& part : parts()) {
    size += boundary_.size() + 6;
    size += part.whole.empty() ? kHead.size() + part.name.size() + kHeadEnd.size() + part.content.size()
                               : part.whole.size();
  }
  const std::span<char> room = arena_->try_array<char>(size);
  if (room.empty()) return {};
  char* end = room.data();
  const auto put = [&end](std::string_view text) { end = std::ranges::copy(text, end).out; };
  for (const Part& part : parts()) {
    put("--");
    put(boundary_);
    put(kLineEnd);
    if (part.whole.empty()) {
      put(kHead);
      put(part.name);
      put(kHeadEnd);
      put(part.content);
    } else {
      put(part.whole);
    }
    put(kLineEnd);
  }
  put("--");
  put(boundary_);
  put("--");
  put(kLineEnd);
  return {room.data(), end};
}

}  // namespace sluice::gateway
