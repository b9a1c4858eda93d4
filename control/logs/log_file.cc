#include "logs/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::control {

LogFile::~LogFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::string LogFile::open() {
  if (!is_on()) return {};
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
  return descriptor_ >= 0 ? std::string() : path_ + ": " + std::strerror(errno);
}

std::string LogFile::reopen() {
  if (descriptor_ >= 0) close(descriptor_);
  return open();
}

bool LogFile::write(std::string_view& lines) {
  if (descriptor_ < 0) return lines.empty();
  if (torn_) {
    std::string_view line_end = "\n";
    if (!put(line_end)) return false;
    if (!line_end.empty()) return true;
    torn_ = false;
  }
  return put(lines);
}

bool LogFile::put(std::string_view& text) {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) {
      give_up();
      return false;
    }
    inside_a_line_ = text[static_cast<size_t>(n) - 1] != '\n';
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool LogFile::wait(Duration patience) const {
  pollfd file{descriptor_, POLLOUT, 0};
  return poll(&file, 1, static_cast<int>(patience.ms())) > 0;
}

}  // namespace sluice::control
