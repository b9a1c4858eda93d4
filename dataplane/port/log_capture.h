// LogCapture: keeps what DPDK logs, from warnings on, while something starts, so that an error can say its exact words.
//
// One at a time, on the thread that starts EAL and ports. Nothing reaches the terminal while it lives.
#pragma once

#include <cstdio>
#include <string>

namespace sluice::port {

class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  // Takes what was logged since the last call, lines joined by "; ", without the end of line. Bounded.
  std::string take();

 private:
  static ssize_t write(void* self, const char* text, size_t size);

  std::string kept_;
  FILE* stream_ = nullptr;
};

}  // namespace sluice::port
