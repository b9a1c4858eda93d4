#include "logs/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::control {

LogFile::~LogFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::string LogFile::open() {
  if (!is_on()) return {};
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  return descriptor_ >= 0 ? std::string() : path_ + ": " + std::strerror(errno);
}

std::string LogFile::reopen() {
  if (descriptor_ >= 0) close(descriptor_);
  return open();
}

bool LogFile::write(std::string_view lines) {
  if (descriptor_ < 0) return lines.empty();
  if (torn_) {
    if (::write(descriptor_, "\n", 1) != 1) return false;
    torn_ = false;
  }
  while (!lines.empty()) {
    const ssize_t n = ::write(descriptor_, lines.data(), lines.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    torn_ = lines[static_cast<size_t>(n) - 1] != '\n';
    lines.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace sluice::control
