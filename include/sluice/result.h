// Result<T>: a value, or the error that stands in its place. The dataplane has no exceptions.
#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "sluice/error.h"

namespace sluice {

// Holds either a T or an E. Reading the wrong one is a programming error (asserted).
template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const { return *std::get_if<1>(&state_); }
  E&& take_error() { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, E> state_;
};

// A Result without a value: the work was done, or it was not and this is why.
template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const E& error() const {
    assert(!ok_);
    return error_;
  }

 private:
  E error_{};
  bool ok_ = true;
};

using Status = Result<void, Error>;

}  // namespace sluice
