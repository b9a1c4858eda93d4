// EventLoop: the control thread's loop, on libevent. All of control's state belongs to the thread that runs it.
//
// Other threads hand it work by post(); nothing that runs on it may block.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "sluice/units.h"

struct event;
struct event_base;

namespace sluice::control {

class EventLoop {
 public:
  // Aborts the process when libevent cannot make a base: nothing would work without one.
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs until stop(). Called once, by the control thread.
  void run();
  void stop();

  // Runs `work` soon on the loop's thread. Any thread.
  void post(std::function<void()> work);

  // Loop's thread only, each lasting until it has fired for the last time or the loop is destroyed.
  void every(Duration interval, std::function<void()> work);
  void once_after(Duration delay, std::function<void()> work);
  void on_signal(int signal, std::function<void()> work);
  // Calls `work(readable, writable)` while the descriptor is so, until the returned handle is destroyed.
  class Watch {
   public:
    Watch(event_base* base, int descriptor, short events, std::function<void(bool, bool)> work);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    std::function<void(bool, bool)> work_;
    event* source_;
  };
  std::unique_ptr<Watch> watch(int descriptor, bool read, bool write, std::function<void(bool, bool)> work);

  event_base* base() { return base_; }

 private:
  struct Handler;
  void add(int descriptor, short events, const Duration* timeout, std::function<void()> work);
  static void fire(int descriptor, short events, void* handler);
  static void fire_last(int descriptor, short events, void* handler);
  void run_posted();

  event_base* base_;
  event* wakeup_;
  std::list<Handler> handlers_;
  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace sluice::control
