#include "gateway/plugins/argument_list.h"

#include <algorithm>
#include <tuple>

#include "gateway/plugins/query.h"
#include "http/url.h"

namespace sluice::gateway {

namespace {

size_t count_arguments(std::string_view query) {
  size_t count = 0;
  http::QueryReader reader(query);
  while (reader.next()) ++count;
  return count;
}

}  // namespace

std::optional<ArgumentList> ArgumentList::parse(Arena& arena, std::string_view query, size_t room_for) {
  // One more, so that a list of none has an array too.
  const std::span<Argument> room = arena.try_array<Argument>(count_arguments(query) + room_for + 1);
  if (room.empty()) return std::nullopt;
  ArgumentList list(arena, room);
  http::QueryReader reader(query);
  while (const std::optional<http::QueryArgument> argument = reader.next()) {
    const std::string_view name = http::percent_decode(arena, argument->name, http::Plus::kSpace);
    if (name.data() == nullptr) return std::nullopt;
    if (!name.empty()) list.room_[list.size_++] = {name, decoded_value(arena, *argument)};
  }
  return list;
}

bool ArgumentList::contains(std::string_view name) const {
  return std::ranges::find(arguments(), name, &Argument::name) != arguments().end();
}

void ArgumentList::remove(std::string_view name) {
  const auto removed = std::ranges::remove(arguments(), name, &Argument::name);
  size_ -= removed.size();
}

void ArgumentList::rename(std::string_view old_name, std::string_view new_name) {
  if (old_name == new_name || !contains(old_name)) return;
  remove(new_name);
  for (Argument& argument : arguments()) {
    if (argument.name == old_name) argument.name = new_name;
  }
}

void ArgumentList::add(std::string_view name, std::string_view value) {
  room_[size_++] = {name, value};
}

void ArgumentList::append(std::string_view name, std::string_view value) {
  const auto first = std::ranges::find(arguments(), name, &Argument::name);
  if (first != arguments().end() && !first->value && std::ranges::count(arguments(), name, &Argument::name) == 1) {
    remove(name);
  }
  add(name, value);
}

// Sorted. Empty: out of memory (or there are none).
std::span<ArgumentList::Encoded> ArgumentList::encode_all(Order order) const {
  const std::span<Encoded> encoded = arena_->try_array<Encoded>(size_);
  for (size_t i = 0; i < encoded.size(); ++i) {
    const Argument& argument = room_[i];
    encoded[i] = {http::percent_encode(*arena_, argument.name), std::nullopt, i};
    if (argument.value) encoded[i].value = http::percent_encode(*arena_, *argument.value);
    if (encoded[i].name.data() == nullptr || (argument.value && encoded[i].value->data() == nullptr)) return {};
  }
  const bool by_value = order == Order::kByNameAndValue;
  std::ranges::sort(encoded, {}, [by_value](const Encoded& e) {
    return std::tuple(e.name, by_value ? e.value : std::nullopt, e.place);
  });
  return encoded;
}

std::string_view ArgumentList::encode(Order order) const {
  if (size_ == 0) return "";
  const std::span<const Encoded> encoded = encode_all(order);
  if (encoded.empty()) return {};
  size_t size = 0;
  for (const Encoded& e : encoded) size += e.name.size() + (e.value ? e.value->size() + 1 : 0) + 1;
  const std::span<char> room = arena_->try_array<char>(size);
  if (room.empty()) return {};
  char* end = room.data();
  for (const Encoded& e : encoded) {
    if (end != room.data()) *end++ = '&';
    end = std::ranges::copy(e.name, end).out;
    if (!e.value) continue;
    *end++ = '=';
    end = std::ranges::copy(*e.value, end).out;
  }
  return {room.data(), end};
}

}  // namespace sluice::gateway
