#include "loop/event_loop.h"

#include <event2/event.h>
#include <event2/thread.h>

#include <cstdlib>
#include <iterator>
#include <utility>

namespace sluice::control {

namespace {

timeval to_timeval(Duration d) {
  return {d.ns / 1'000'000'000, d.ns % 1'000'000'000 / 1'000};
}

}  // namespace

struct EventLoop::Handler {
  EventLoop* loop;
  std::function<void()> work;
  event* source = nullptr;
  std::list<Handler>::iterator place{};  // in the loop's list

  ~Handler() {
    if (source != nullptr) event_free(source);
  }
};

EventLoop::Watch::Watch(event_base* base, int descriptor, short events, std::function<void(bool, bool)> work)
    : work_(std::move(work)) {
  const auto call = [](int, short what, void* self) {
    static_cast<Watch*>(self)->work_((what & EV_READ) != 0, (what & EV_WRITE) != 0);
  };
  source_ = event_new(base, descriptor, static_cast<short>(events | EV_PERSIST), call, this);
  event_add(source_, nullptr);
}

EventLoop::Watch::~Watch() {
  event_free(source_);
}

EventLoop::EventLoop() {
  evthread_use_pthreads();
  base_ = event_base_new();
  if (base_ == nullptr) std::abort();
  wakeup_ = event_new(
      base_, -1, EV_PERSIST, [](int, short, void* self) { static_cast<EventLoop*>(self)->run_posted(); }, this);
  event_add(wakeup_, nullptr);
}

EventLoop::~EventLoop() {
  handlers_.clear();
  event_free(wakeup_);
  event_base_free(base_);
}

void EventLoop::run() {
  event_base_loop(base_, EVLOOP_NO_EXIT_ON_EMPTY);
}

void EventLoop::stop() {
  event_base_loopbreak(base_);
}

void EventLoop::post(std::function<void()> work) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(work));
  }
  event_active(wakeup_, EV_READ, 0);
}

void EventLoop::run_posted() {
  std::vector<std::function<void()>> ready;
  {
    const std::lock_guard lock(posted_mutex_);
    ready.swap(posted_);
  }
  for (auto& work : ready) work();
}

void EventLoop::add(int descriptor, short events, const Duration* timeout, std::function<void()> work) {
  const bool once = (events & EV_PERSIST) == 0;
  Handler& handler = handlers_.emplace_back(this, std::move(work));
  handler.place = std::prev(handlers_.end());
  handler.source = event_new(base_, descriptor, events, once ? fire_last : fire, &handler);
  const timeval interval = timeout == nullptr ? timeval{} : to_timeval(*timeout);
  event_add(handler.source, timeout == nullptr ? nullptr : &interval);
}

void EventLoop::fire(int, short, void* handler) {
  static_cast<Handler*>(handler)->work();
}

// The work outlives its handler: it may add others, and be long.
void EventLoop::fire_last(int, short, void* handler) {
  auto* const last = static_cast<Handler*>(handler);
  const std::function<void()> work = std::move(last->work);
  last->loop->handlers_.erase(last->place);
  work();
}

void EventLoop::every(Duration interval, std::function<void()> work) {
  add(-1, EV_PERSIST, &interval, std::move(work));
}

void EventLoop::once_after(Duration delay, std::function<void()> work) {
  add(-1, 0, &delay, std::move(work));
}

void EventLoop::on_signal(int signal, std::function<void()> work) {
  add(signal, EV_SIGNAL | EV_PERSIST, nullptr, std::move(work));
}

std::unique_ptr<EventLoop::Watch> EventLoop::watch(int descriptor, bool read, bool write,
                                                   std::function<void(bool, bool)> work) {
  const auto events = static_cast<short>((read ? EV_READ : 0) | (write ? EV_WRITE : 0));
  return std::make_unique<Watch>(base_, descriptor, events, std::move(work));
}

}  // namespace sluice::control
