// MultipartBody: the parts of a multipart/form-data body (RFC 7578), to be looked into, taken away and added to.
//
// Parts that are not touched are written again byte by byte. Everything lives in the arena, or in the body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "sluice/result.h"

namespace sluice::gateway {

class MultipartBody {
 public:
  struct Part {
    std::string_view name;     // empty: none was told
    std::string_view content;  // behind its head
    std::string_view whole;    // head and content as they came; of an added part: empty
  };

  enum class Fault : uint8_t {
    kNoForm,  // no boundary, a body that its delimiters do not divide, or too many parts
    kNoMemory,
  };
  // content_type: the request's, with its boundary. room_for: how many parts may be added. An empty body has no parts.
  static Result<MultipartBody, Fault> parse(Arena& arena, std::string_view content_type, std::string_view body,
                                            size_t room_for);

  // In their order.
  std::span<const Part> parts() const { return room_.first(size_); }
  // How many parts have this name.
  size_t count(std::string_view name) const;
  // The content of the first of them.
  std::optional<std::string_view> find(std::string_view name) const;
  void remove(std::string_view name);
  // Adds a part behind the others; a name of strangers ends no line and no quotes. False: no room. REQUIRES: as often
  // as room_for allows; the views outlive this.
  [[nodiscard]] bool add(std::string_view name, std::string_view value);

  // As it is sent. data() == nullptr: no room.
  [[nodiscard]] std::string_view encode() const;

 private:
  // More parts than that are nobody's form.
  static constexpr size_t kMostParts = 1024;

  MultipartBody() = default;

  Arena* arena_ = nullptr;
  std::string_view boundary_;
  std::span<Part> room_;
  size_t size_ = 0;
};

}  // namespace sluice::gateway
