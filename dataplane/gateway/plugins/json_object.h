// JsonObject: the members of a JSON object (RFC 8259), to be edited and written again.
//
// Values are kept as they were written, so that no number loses digits and nothing inside them changes; only members of
// the object itself can be edited, as in Kong's transformers. Everything lives in the arena, or in the text that was
// parsed. Work and memory are linear in the text; the depth of nesting is bounded
// (JsonScanner::kMaxDepth).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"

namespace sluice::gateway {

// `text` as a JSON string, in quotes. data() == nullptr: no room.
[[nodiscard]] std::string_view to_json_string(Arena& arena, std::string_view text);
// What a JSON string means: without its quotes, escapes resolved, a lone surrogate replaced. REQUIRES: it is one.
[[nodiscard]] std::string_view from_json_string(Arena& arena, std::string_view quoted);

class JsonObject {
 public:
  enum class Fault : uint8_t {
    kNone,
    kNotObject,  // another JSON value
    kMalformed,  // no JSON
    kNoMemory,   // or too many members
  };
  struct Parsed;
  // room_for: how many members may be added.
  static Parsed parse(Arena& arena, std::string_view text, size_t room_for);

  // The value of the member of this name, as written; of several the last, as in Kong.
  std::optional<std::string_view> find(std::string_view name) const;
  // Whether there is one by Lua's idea: a member that is false is not there.
  bool has(std::string_view name) const { return find(name).value_or("false") != "false"; }
  void remove(std::string_view name);
  // The member of the old name takes the place of that of the new one; without it nothing happens.
  void rename(std::string_view old_name, std::string_view new_name);
  // Adds the member, or changes its value. `value`: JSON text that outlives the object. REQUIRES: as often as room_for
  // allows, over all. False: no memory.
  [[nodiscard]] bool set(std::string_view name, std::string_view value);

  // As JSON text. data() == nullptr: no room.
  [[nodiscard]] std::string_view encode() const;

 private:
  struct Member {
    std::string_view name;   // in quotes, as written
    std::string_view value;  // as written
  };
  JsonObject() = default;

  std::span<Member> members() const { return room_.first(size_); }

  Arena* arena_ = nullptr;
  std::span<Member> room_;
  size_t size_ = 0;
};

struct JsonObject::Parsed {
  Fault fault = Fault::kMalformed;
  JsonObject object;  // kNone
};

// What a JSON array, string or missing value becomes when `value` is appended to it as Kong does: ["a","b"]; anything
// else makes way. data() == nullptr: no room.
[[nodiscard]] std::string_view append_json(Arena& arena, std::optional<std::string_view> present,
                                           std::string_view value);

}  // namespace sluice::gateway
