// Compiler: the thread on which policies are read, compiled and printed, one after the other, so that the event loop
// never waits for a regex or for 100,000 routes.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sluice::control {

class Compiler {
 public:
  Compiler();
  // Finishes the job at hand; jobs not yet begun are dropped.
  ~Compiler();
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  // Runs `job` on the thread, after those before it. Any thread.
  void submit(std::function<void()> job);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace sluice::control
