// ArgumentList: the arguments of a query, decoded, to be edited and encoded again, as Kong's request-transformer does:
// what comes out is sorted by name, the order among equal names kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"

namespace sluice::gateway {

class ArgumentList {
 public:
  // room_for: how many arguments may be added. Nothing: out of memory.
  static std::optional<ArgumentList> parse(Arena& arena, std::string_view query, size_t room_for);

  bool contains(std::string_view name) const;
  void remove(std::string_view name);
  // All arguments of the old name take the place of those of the new one; without any nothing happens.
  void rename(std::string_view old_name, std::string_view new_name);
  // REQUIRES: no more calls than room_for, over all; the views outlive the list.
  void add(std::string_view name, std::string_view value);
  // As add(); an argument that stands there once and without a value makes way.
  void append(std::string_view name, std::string_view value);

  enum class Order : uint8_t { kByName, kByNameAndValue };
  // As it is sent. data() == nullptr: out of memory.
  [[nodiscard]] std::string_view encode(Order order = Order::kByName) const;

 private:
  struct Argument {
    std::string_view name;
    std::optional<std::string_view> value;  // nothing: only the name stands there
  };
  // A stretch of encoded text, and where its argument stood.
  struct Encoded {
    std::string_view name;
    std::optional<std::string_view> value;
    size_t place;
  };

  ArgumentList(Arena& arena, std::span<Argument> room) : arena_(&arena), room_(room) {}
  std::span<Argument> arguments() const { return room_.first(size_); }
  std::span<Encoded> encode_all(Order order) const;

  Arena* arena_;
  std::span<Argument> room_;
  size_t size_ = 0;
};

}  // namespace sluice::gateway
