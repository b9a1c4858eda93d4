#include "port/log_capture.h"

#include <rte_log.h>

#include <algorithm>
#include <utility>

namespace sluice::port {

namespace {

constexpr size_t kMostBytes = 8192;

}  // namespace

LogCapture::LogCapture() {
  stream_ = fopencookie(this, "w", {.read = nullptr, .write = write, .seek = nullptr, .close = nullptr});
  if (stream_ == nullptr) return;
  // Unbuffered: the level of a message is known only while it is being written.
  std::setvbuf(stream_, nullptr, _IONBF, 0);
  rte_openlog_stream(stream_);
}

LogCapture::~LogCapture() {
  if (stream_ == nullptr) return;
  rte_openlog_stream(nullptr);
  std::fclose(stream_);
}

ssize_t LogCapture::write(void* self, const char* text, size_t size) {
  std::string& kept = static_cast<LogCapture*>(self)->kept_;
  if (rte_log_cur_msg_loglevel() <= static_cast<int>(RTE_LOG_WARNING)) {
    kept.append(text, std::min(size, kMostBytes - std::min(kept.size(), kMostBytes)));
  }
  return static_cast<ssize_t>(size);
}

std::string LogCapture::take() {
  std::string lines;
  for (const char c : std::exchange(kept_, {})) {
    if (c == '\n') {
      lines += "; ";
    } else {
      lines += c;
    }
  }
  while (!lines.empty() && (lines.back() == ' ' || lines.back() == ';')) lines.pop_back();
  return lines;
}

}  // namespace sluice::port
