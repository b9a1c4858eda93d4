// IntrusiveList: a doubly linked list whose links are members of what it holds. Owns nothing, allocates nothing.
#pragma once

namespace sluice::upstream {

template <typename T>
struct ListLink {
  T* next = nullptr;
  T* previous = nullptr;
};

template <typename T, ListLink<T> T::* kLink>
class IntrusiveList {
 public:
  T* front() const { return front_; }
  T* back() const { return back_; }
  static T* next(const T& item) { return (item.*kLink).next; }

  // REQUIRES: `item` is in no list by this link.
  void push_front(T& item) {
    item.*kLink = {front_, nullptr};
    (front_ == nullptr ? back_ : (front_->*kLink).previous) = &item;
    front_ = &item;
  }

  // REQUIRES: `item` is in this list.
  void remove(T& item) {
    ListLink<T>& link = item.*kLink;
    (link.previous == nullptr ? front_ : (link.previous->*kLink).next) = link.next;
    (link.next == nullptr ? back_ : (link.next->*kLink).previous) = link.previous;
    link = {};
  }

 private:
  T* front_ = nullptr;
  T* back_ = nullptr;
};

}  // namespace sluice::upstream
