#include "admin/connection_bound.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace sluice::control {

namespace {

constexpr timeval kAtOnce{.tv_sec = 0, .tv_usec = 0};
constexpr timeval kLookInterval{.tv_sec = 0, .tv_usec = 20'000};

}  // namespace

ConnectionBound::ConnectionBound(event_base* base, evconnlistener* listener, size_t most)
    : base_(base),
      listener_(listener),
      most_(most),
      settle_(evtimer_new(
          base, [](int, short, void* self) { static_cast<ConnectionBound*>(self)->settle(); }, this)),
      look_(event_new(
          base, -1, EV_PERSIST, [](int, short, void* self) { static_cast<ConnectionBound*>(self)->make_room(); },
          this)) {}

ConnectionBound::~ConnectionBound() {
  if (newest_ != nullptr) bufferevent_decref(newest_);
  event_free(settle_);
  event_free(look_);
}

// With BEV_OPT_CLOSE_ON_FREE the descriptor cannot be another connection's as long as our reference lasts.
bufferevent* ConnectionBound::begin() {
  settle();
  std::erase_if(connections_, [](const Connection& connection) { return !lasts(connection); });
  newest_ = bufferevent_socket_new(base_, -1, BEV_OPT_CLOSE_ON_FREE);
  if (newest_ == nullptr) return nullptr;
  bufferevent_incref(newest_);
  evtimer_add(settle_, &kAtOnce);
  if (connections_.size() + 1 >= most_) {
    ++times_full_;
    evconnlistener_disable(listener_);
    event_add(look_, &kLookInterval);
  }
  return newest_;
}

// evhttp has given it its descriptor meanwhile.
void ConnectionBound::settle() {
  bufferevent* const settled = std::exchange(newest_, nullptr);
  if (settled == nullptr) return;
  const int descriptor = bufferevent_getfd(settled);
  struct stat socket;
  if (descriptor >= 0 && fstat(descriptor, &socket) == 0) connections_.push_back({descriptor, socket.st_ino});
  bufferevent_decref(settled);
}

void ConnectionBound::make_room() {
  settle();
  std::erase_if(connections_, [](const Connection& connection) { return !lasts(connection); });
  if (connections_.size() >= most_) return;
  event_del(look_);
  evconnlistener_enable(listener_);
}

bool ConnectionBound::lasts(const Connection& connection) {
  struct stat socket;
  return fstat(connection.descriptor, &socket) == 0 && socket.st_ino == connection.socket;
}

size_t ConnectionBound::open() const {
  return static_cast<size_t>(std::ranges::count_if(connections_, lasts)) + (newest_ == nullptr ? 0 : 1);
}

}  // namespace sluice::control
