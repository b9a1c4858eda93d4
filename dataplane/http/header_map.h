// HeaderMap: the header fields of one message in the order of the wire, names compared without regard to case
// (RFC 9110 5.1).
//
// Lives in the arena of its exchange; names and values are views of bytes that live at least as long (the packet that
// brought them, the arena, or a literal). Editing never touches those bytes: a changed field gets a new view.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"

namespace sluice::http {

// True when both are equal, ASCII letters compared without regard to case.
bool iequals(std::string_view a, std::string_view b);

struct Header {
  std::string_view name;
  std::string_view value;  // without surrounding white space
};

class HeaderMap {
 public:
  explicit HeaderMap(Arena& arena) : arena_(&arena) {}

  // All fields in order.
  std::span<const Header> all() const { return {headers_, size_}; }
  std::span<Header> all() { return {headers_, size_}; }
  size_t size() const { return size_; }

  // The value of the first field of this name.
  std::optional<std::string_view> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  // How many fields have this name.
  size_t count(std::string_view name) const;

  // Appends a field. The views must outlive the map; see add_copy. False: out of memory.
  [[nodiscard]] bool add(std::string_view name, std::string_view value);
  // Appends a field whose name and value are copied into the arena.
  [[nodiscard]] bool add_copy(std::string_view name, std::string_view value);
  // Replaces all fields of this name by one at the place of the first (at the end when there was none).
  [[nodiscard]] bool set(std::string_view name, std::string_view value);
  [[nodiscard]] bool set_copy(std::string_view name, std::string_view value);
  // Removes all fields of this name; returns how many there were.
  size_t remove(std::string_view name);

  // Removes the fields for which `condition(const Header&)` holds; keeps the order of the others.
  template <typename Condition>
  size_t remove_if(Condition&& condition) {
    size_t kept = 0;
    for (size_t i = 0; i < size_; ++i) {
      if (!condition(static_cast<const Header&>(headers_[i]))) headers_[kept++] = headers_[i];
    }
    const size_t removed = size_ - kept;
    size_ = static_cast<uint32_t>(kept);
    return removed;
  }

  void clear() { size_ = 0; }

 private:
  bool grow();

  Arena* arena_;
  Header* headers_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace sluice::http
